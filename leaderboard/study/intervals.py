"""Intervals of percentages and ratings that know that a rater's answers, and answers about an item, hang together.

Every estimate is, to first order, a mean of one number per vote. Its variance over raters and over items is that of
`benchmark.results.crossed`, the project's one rule for means over two crossed kinds of clusters, and its interval has
Student's t with the degrees of freedom of that rule: with 24 raters a normal quantile is too short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from benchmark.results.crossed import LEVEL, Spread, mean_of
from benchmark.results.student import quantile
from leaderboard.study.ratings import Ratings, choice_shares
from leaderboard.study.votes import Votes


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; ends are None with fewer than two raters or items."""

    value: float
    low: float | None
    high: float | None


def share(votes: Votes, method: int) -> Estimate:
    """Share of all preferences that a method got; ties are half a preference for each. Shares add up to 1."""
    return _share(votes.won(method), votes, votes.pairs)


def win_share(votes: Votes, method: int) -> Estimate:
    """Share of preferences in the votes in which a method stands: 0.5 is as good as its opponents.

    Raises:
        ValueError: no vote has it.
    """
    own = votes.where(votes.has(method))
    return _share(own.won(method), own, own.pairs)


def left_share(votes: Votes) -> Estimate:
    """How often the left output was chosen: 0.5 where the side does not matter."""
    return _share(votes.outcome, votes)


def rating(votes: Votes, ratings: Ratings, method: int) -> Estimate:
    """Log-strength of a method against the average of those that have one."""
    value = float(ratings.theta[method])
    spread = _spread(ratings.influence[:, method], votes)
    if spread is None:
        return Estimate(value, None, None)
    reach = spread.reach(LEVEL)
    return Estimate(value, value - reach, value + reach)


def choice_share(votes: Votes, ratings: Ratings, method: int) -> Estimate:
    """Share of choices if all methods were shown at once, by the ratings; its interval is that of its log-odds."""
    shares = choice_shares(ratings)
    p = float(shares[method])
    gradient = np.zeros(len(shares))
    others = [one for one in ratings.fitted if one != method]
    gradient[method] = 1.0
    gradient[others] = -shares[others] / (1 - p)
    spread = _spread(ratings.influence @ gradient, votes)
    if spread is None:
        return Estimate(p, None, None)
    odds, reach = math.log(p / (1 - p)), spread.reach(LEVEL)
    return Estimate(p, _logistic(odds - reach), _logistic(odds + reach))


def difference(votes: Votes, ratings: Ratings, a: int, b: int) -> tuple[float, Spread | None]:
    """Rating of `a` minus that of `b`, and how far it may be off."""
    spread = _spread(ratings.influence[:, a] - ratings.influence[:, b], votes)
    return float(ratings.theta[a] - ratings.theta[b]), spread


def _spread(influence: np.ndarray, votes: Votes) -> Spread | None:
    return mean_of(influence, votes.crossing).spread


def _share(values: np.ndarray, votes: Votes, strata: np.ndarray | None = None) -> Estimate:
    """Wilson's interval (1927) with the number of independent votes that would give the same variance.

    It stays within 0..1 and has a width where nobody, or everybody, chose a method: raters and items then count once.

    Args:
        strata: int64 [n]: which pair of methods a vote is about. How often each is asked is decided when a study is
            built, so that a share does not vary by it: only differences inside a pair count.
    """
    mean = mean_of(values, votes.crossing)
    spread = mean.spread if strata is None else mean_of(_centred(values, strata), votes.crossing).spread
    if spread is None:
        return Estimate(mean.value, None, None)
    p, variance = mean.value, spread.variance
    n = p * (1 - p) / variance if variance > 0 and 0 < p < 1 else float(min(mean.n_drivers, mean.n_sources))
    square = quantile((1 + LEVEL) / 2, spread.df) ** 2
    centre = (p + square / (2 * n)) / (1 + square / n)
    reach = math.sqrt(square * p * (1 - p) / n + square**2 / (4 * n**2)) / (1 + square / n)
    return Estimate(p, max(0.0, centre - reach), min(1.0, centre + reach))


def _centred(values: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Deviations from the mean of each stratum, made larger by what its estimation takes away."""
    number = np.unique(strata, return_inverse=True)[1]
    sizes = np.bincount(number)
    means = np.bincount(number, weights=values) / sizes
    left = max(1, len(values) - len(sizes))
    found: np.ndarray = (values - means[number]) * math.sqrt((len(values) - 1) / left)
    return found


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
