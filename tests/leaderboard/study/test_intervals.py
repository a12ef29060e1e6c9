"""Percentages and their intervals: they add up, stay inside, and know that raters repeat themselves."""

from __future__ import annotations

import numpy as np
import pytest

from leaderboard.study import intervals
from leaderboard.study.ratings import fit
from leaderboard.study.votes import Vote, Votes
from tests.leaderboard.study.votes_made import table_votes

WINS = {("a", "b"): 30, ("b", "a"): 10, ("a", "c"): 35, ("c", "a"): 5, ("b", "c"): 20, ("c", "b"): 12}


def test_percentages_of_all_preferences_add_up() -> None:
    votes = table_votes(WINS, {("b", "c"): 8})
    shares = [intervals.share(votes, one).value for one in range(3)]
    assert shares == pytest.approx([65 / 120, 34 / 120, 21 / 120])
    assert sum(shares) == pytest.approx(1)


def test_no_share_of_evenly_asked_pairs_exceeds_two_in_m() -> None:
    """What wins every vote against four others has 40 % of all preferences: the paper's 70.3 % is another design."""
    names = "abcde"
    wins = {(x, y): 10 for i, x in enumerate(names) for y in names[i + 1 :]}
    assert intervals.share(table_votes(wins), 0).value == pytest.approx(2 / 5)


def test_the_share_of_ones_own_votes() -> None:
    votes = table_votes(WINS, {("b", "c"): 8})
    assert intervals.win_share(votes, 0).value == pytest.approx(65 / 80)
    assert intervals.win_share(votes, 1).value == pytest.approx(34 / 80)


def test_nobodys_choice_has_a_width_within_the_scale() -> None:
    votes = table_votes({("a", "b"): 40})
    nobody, everybody = intervals.win_share(votes, 1), intervals.win_share(votes, 0)
    assert nobody.low == 0.0 and nobody.high is not None and 0.1 < nobody.high < 0.5
    assert everybody.high == pytest.approx(1.0) and everybody.low == pytest.approx(1 - nobody.high)


def opinionated(votes_each: int) -> Votes:
    """Twelve raters who say the same to every item: eight for a, four for b."""
    listed = [
        Vote(f"r{rater}", f"i{item}", "a", "b", "left" if rater < 8 else "right")
        for rater in range(12)
        for item in range(votes_each)
    ]
    return Votes.of(listed, ("a", "b"))


def test_more_answers_of_raters_who_repeat_themselves_say_nothing_more() -> None:
    few, many = opinionated(5), opinionated(50)
    a, b = intervals.rating(few, fit(few), 0), intervals.rating(many, fit(many), 0)
    assert a.value == pytest.approx(b.value)
    assert a.high is not None and b.high is not None
    assert b.high - b.value > 0.95 * (a.high - a.value)


def test_with_independent_votes_it_is_near_the_interval_of_votes() -> None:
    random = np.random.default_rng(0)
    listed = [
        Vote(f"r{n % 60}", f"i{random.integers(80)}", "a", "b", "left" if random.random() < 0.6 else "right")
        for n in range(1800)
    ]
    votes = Votes.of(listed, ("a", "b"))
    found = intervals.win_share(votes, 0)
    p = found.value
    assert found.high is not None and found.low is not None
    assert (found.high - found.low) / (2 * 1.96 * np.sqrt(p * (1 - p) / 1800)) == pytest.approx(1.0, abs=0.3)


def test_one_rater_has_no_interval() -> None:
    votes = Votes.of([Vote("r", f"i{n}", "a", "b", "left" if n % 3 else "right") for n in range(9)], ("a", "b"))
    found = fit(votes)
    assert intervals.share(votes, 0).low is None
    assert intervals.rating(votes, found, 0).high is None
    assert intervals.choice_share(votes, found, 0).low is None


def test_the_interval_of_a_choice_share_is_that_of_the_rating_for_two_methods() -> None:
    """With two methods the log-odds of a choice are twice the rating, whose mean is 0."""
    votes = table_votes({("a", "b"): 30, ("b", "a"): 10})
    found = fit(votes)
    rating, share = intervals.rating(votes, found, 0), intervals.choice_share(votes, found, 0)
    assert rating.high is not None and share.high is not None
    assert np.log(share.high / (1 - share.high)) == pytest.approx(2 * rating.high)
