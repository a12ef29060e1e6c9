"""Drawn studies: the truth that estimates come to, and intervals that hold it. scripts/bench_study.py draws more."""

from __future__ import annotations

import numpy as np
import pytest

from leaderboard.study import ratings
from leaderboard.study.simulate import Design, coverage, draw, evenly_spaced, population, power, raters_needed

SMALL = Design(evenly_spaced(3, 0.8), raters=24, questions=12, items=20, taste_sd=1.0)


def test_neighbours_are_the_effect_apart() -> None:
    assert evenly_spaced(3, 0.8) == pytest.approx((0.8, 0.0, -0.8))


def test_a_study_is_drawn_by_its_seed() -> None:
    first, again = (draw(SMALL, np.random.default_rng(3)) for _ in range(2))
    other = draw(SMALL, np.random.default_rng(4))
    assert (first.outcome == again.outcome).all() and (first.outcome != other.outcome).any()
    assert len(first) == 24 * 12 and first.n_raters == 24 and first.n_items == 20


def test_pairs_are_balanced() -> None:
    counts = np.unique(draw(SMALL, np.random.default_rng(0)).pairs, return_counts=True)[1]
    assert counts.max() - counts.min() <= 1


def test_without_taste_the_population_is_the_truth() -> None:
    design = Design((0.7, 0.1, -0.8), 10, 10, 10, taste_sd=0.0, log_tie=-1.0)
    assert population(design).theta == pytest.approx(design.theta, abs=1e-8)


def test_raters_who_differ_bring_ratings_nearer_to_each_other() -> None:
    assert 0.5 < population(SMALL).theta[0] / 0.8 < 0.95


def test_the_population_is_what_many_votes_come_to() -> None:
    many = Design(SMALL.theta, raters=4000, questions=30, items=500, taste_sd=1.0, log_tie=-0.5)
    votes = draw(many, np.random.default_rng(0))
    assert ratings.fit(votes).theta == pytest.approx(population(many).theta, abs=0.03)
    shares = [float(votes.won(one).mean()) for one in range(3)]
    assert shares == pytest.approx(population(many).shares, abs=0.005)


def test_intervals_hold_where_raters_differ_and_those_of_independent_votes_do_not() -> None:
    found = coverage(Design(evenly_spaced(3, 0.5), 24, 30, 40, taste_sd=1.0), trials=60, seed=0)
    assert min(found.shares, found.ratings, found.differences) >= 0.90  # 60 trials: 93 % within chance
    assert found.independent < 0.87


def test_more_raters_find_more() -> None:
    few, many = Design(SMALL.theta, 8, 12, 20), Design(SMALL.theta, 60, 12, 20)
    assert power(few, trials=12, seed=0) < power(many, trials=12, seed=0)


def test_the_fewest_raters_reach_the_power_and_one_fewer_does_not() -> None:
    design = Design((1.5, -1.5), 2, 6, 12, taste_sd=0.5)
    needed, reached = raters_needed(design, wanted=0.8, most=100, trials=20, seed=0)
    assert needed is not None and reached >= 0.8
    assert needed == 6 or power(Design((1.5, -1.5), needed - 1, 6, 12, taste_sd=0.5), trials=20, seed=0) < 0.8


def test_an_effect_that_is_too_small_is_said() -> None:
    design = Design((0.01, -0.01), 2, 6, 12)
    needed, reached = raters_needed(design, wanted=0.8, most=12, trials=10, seed=0)
    assert needed is None and reached < 0.8


def test_a_design_must_have_methods() -> None:
    with pytest.raises(ValueError, match="two methods"):
        Design((0.0,), 1, 1, 1)
