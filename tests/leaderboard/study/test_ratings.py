"""Ratings against other packages where definitions agree, against Davidson's equations where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from leaderboard.study.ratings import choice_shares, comparable_groups, connected_groups, fit, probabilities
from leaderboard.study.votes import Vote, Votes
from tests.leaderboard.study.votes_made import table_votes

WINS = {("a", "b"): 14, ("b", "a"): 6, ("a", "c"): 17, ("c", "a"): 3, ("b", "c"): 9, ("c", "b"): 11, ("c", "d"): 12}
WINS |= {("d", "c"): 8, ("d", "a"): 4, ("a", "d"): 16}
TIES = {("a", "b"): 7, ("b", "c"): 12, ("c", "d"): 3}


def test_without_ties_they_are_those_of_choix() -> None:
    choix = pytest.importorskip("choix")
    votes = table_votes(WINS)
    data = [(votes.methods.index(w), votes.methods.index(loser)) for (w, loser), n in WINS.items() for _ in range(n)]
    expected = choix.opt_pairwise(4, data, alpha=0.0, method="Newton-CG", tol=1e-12)
    assert fit(votes).theta == pytest.approx(expected - expected.mean(), abs=1e-6)


def test_without_ties_they_are_those_of_arenakit() -> None:
    arenakit = pytest.importorskip("arenakit")
    votes = table_votes(WINS)
    battles = [arenakit.Battle(model_a=w, model_b=x, winner="a") for (w, x), n in WINS.items() for _ in range(n)]
    arena = arenakit.Arena(battles)
    found = dict(zip(arena.models, arenakit.fit_bt(arena.counts(), prior=0.0).scores, strict=True))
    expected = np.array([found[name] for name in votes.methods])
    assert fit(votes).theta == pytest.approx(expected - expected.mean(), abs=1e-6)


def test_with_ties_they_solve_davidsons_equations() -> None:
    """Expected and observed points of every method agree, and expected and observed ties."""
    votes = table_votes(WINS, TIES)
    found = fit(votes)
    assert found.log_tie is not None
    left, _, tie = probabilities(found.theta[votes.left] - found.theta[votes.right], found.log_tie)
    assert tie.sum() == pytest.approx(votes.n_ties)
    points = left + tie / 2
    for method in range(4):
        own = np.where(votes.left == method, points, np.where(votes.right == method, 1 - points, 0.0))
        assert own.sum() == pytest.approx(votes.won(method).sum())


def test_two_methods_have_the_log_odds_of_their_wins() -> None:
    theta = fit(table_votes({("a", "b"): 30, ("b", "a"): 10})).theta
    assert theta[0] - theta[1] == pytest.approx(np.log(3))


def test_choice_shares_are_those_of_luce() -> None:
    votes = table_votes({("a", "b"): 30, ("b", "a"): 10})
    assert choice_shares(fit(votes)) == pytest.approx([0.75, 0.25])


def test_influence_is_what_leaving_a_vote_out_does() -> None:
    votes = table_votes({pair: 5 * n for pair, n in WINS.items()}, {pair: 5 * n for pair, n in TIES.items()})
    whole = fit(votes)
    keep = np.ones(len(votes), bool)
    keep[[3, 600]] = False
    part = fit(votes.where(keep)).theta
    expected = whole.theta - whole.influence[~keep].sum(axis=0) / len(votes)
    assert part - whole.theta == pytest.approx(expected - whole.theta, rel=0.03, abs=1e-5)


def test_a_method_that_lost_every_vote_has_no_rating_and_moves_no_other() -> None:
    votes = table_votes({**WINS, ("a", "z"): 9, ("d", "z"): 5})
    found = fit(votes)
    assert np.isnan(found.theta[votes.methods.index("z")])
    assert [found.theta[votes.methods.index(name)] for name in "abcd"] == pytest.approx(
        fit(table_votes(WINS)).theta.tolist()
    )


def test_groups_that_no_comparison_connects_are_found() -> None:
    votes = table_votes({("a", "b"): 2, ("b", "a"): 1, ("c", "d"): 2})
    assert connected_groups(votes) == [[0, 1], [2, 3]]
    assert comparable_groups(votes) == [[0, 1], [2], [3]]


def test_without_two_comparable_methods_there_is_nothing_to_fit() -> None:
    with pytest.raises(ValueError, match="each of which was chosen over the other"):
        fit(table_votes({("a", "b"): 5}))


def test_a_method_is_never_against_itself() -> None:
    with pytest.raises(ValueError, match="against itself"):
        Votes.of([Vote("r", "i", "a", "a", "left")], ["a"])
