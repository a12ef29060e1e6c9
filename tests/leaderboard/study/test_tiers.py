"""Tiers instead of ranks, and no rank where a study cannot give one."""

from __future__ import annotations

import pytest

from leaderboard.study.tiers import compare, no_rank_because, tiers
from leaderboard.study.votes import Votes
from tests.leaderboard.study.votes_made import table_votes

CLEAR = {("a", "b"): 36, ("b", "a"): 4, ("a", "c"): 38, ("c", "a"): 2, ("b", "c"): 36, ("c", "b"): 4}
CLOSE = {("a", "b"): 36, ("b", "a"): 4, ("a", "c"): 36, ("c", "a"): 4, ("b", "c"): 21, ("c", "b"): 19}


def named(votes: Votes) -> list[list[str]]:
    return tiers(votes, compare(votes))


def test_methods_that_differ_clearly_have_a_tier_each() -> None:
    assert named(table_votes(CLEAR)) == [["a"], ["b"], ["c"]]


def test_methods_that_cannot_be_told_apart_share_one() -> None:
    assert named(table_votes(CLOSE)) == [["a"], ["b", "c"]]


def test_comparisons_are_corrected_for_their_number() -> None:
    compared = compare(table_votes(CLOSE))
    close = next(one for one in compared if {one.better, one.worse} == {"b", "c"})
    assert not close.is_real and close.low is not None and close.low < 0 < (close.high or 0)
    for one in compared:
        assert one.p_value is not None and one.adjusted_p is not None and one.adjusted_p >= one.p_value
        assert one.better == "a" or one is close


def test_who_lost_every_vote_is_last_by_the_test_of_signs() -> None:
    votes = table_votes({**CLEAR, ("a", "z"): 40, ("b", "z"): 40, ("c", "z"): 40})
    compared = compare(votes)
    last = next(one for one in compared if {one.better, one.worse} == {"a", "z"})
    assert (last.better, last.gap) == ("a", None)
    assert last.p_value == pytest.approx(2.0 ** (1 - 10))  # ten raters
    assert tiers(votes, compared) == [["a"], ["b"], ["c"], ["z"]]


def test_few_raters_tell_nothing_apart() -> None:
    votes = table_votes(CLEAR)
    three = votes.where(votes.raters < 3)
    assert all(one.p_value is None for one in compare(three))


def test_there_is_no_rank_without_a_chain_of_comparisons() -> None:
    votes = table_votes({("a", "b"): 40, ("b", "a"): 40, ("c", "d"): 40, ("d", "c"): 40})
    assert no_rank_because(votes) == "no comparison connects these groups of methods: a, b; c, d"


def test_there_is_no_rank_with_few_votes() -> None:
    votes = table_votes({**CLEAR, ("a", "z"): 10, ("z", "a"): 19})
    assert no_rank_because(votes) == "expected 30 votes of each method but z has 29"
    assert no_rank_because(table_votes(CLEAR)) is None
