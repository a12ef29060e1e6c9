"""Studies that are drawn: how many raters are needed to find an effect, and whether intervals keep their promise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np

from benchmark.results.crossed import LEVEL
from benchmark.results.student import quantile
from leaderboard.study import intervals, ratings
from leaderboard.study.intervals import Estimate
from leaderboard.study.ratings import Ratings
from leaderboard.study.tiers import compare
from leaderboard.study.votes import Votes

_MOST_METHODS = 50
_NODES = 41  # of Gauss-Hermite's rule: more change no digit that is printed


@dataclass(frozen=True, eq=False)
class Population:
    """What estimates come to: log-strengths [m] with mean 0, and shares of all preferences [m]."""

    theta: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True)
class Design:
    """A study that is drawn.

    Args:
        theta: true log-strengths of the methods for an average rater.
        raters, questions: people, and answers of each.
        items: cases that questions are drawn from.
        taste_sd: of a rater's own log-strength of each method around `theta`.
        item_sd: likewise of an item.
        log_tie: log of Davidson's tie parameter; None: nobody says "no difference".
    """

    theta: tuple[float, ...]
    raters: int
    questions: int
    items: int
    taste_sd: float = 1.0
    item_sd: float = 0.0
    log_tie: float | None = None

    def __post_init__(self) -> None:
        if not 2 <= len(self.theta) <= _MOST_METHODS:
            raise ValueError(f"expected at least two methods, {_MOST_METHODS} at most, but got {len(self.theta)}")
        if min(self.raters, self.questions, self.items) < 1:
            raise ValueError("expected at least one rater, question and item")
        if self.taste_sd < 0 or self.item_sd < 0:
            raise ValueError("expected standard deviations >= 0")


def evenly_spaced(methods: int, effect: float) -> tuple[float, ...]:
    """Log-strengths around 0, neighbours `effect` apart, best first."""
    places = (methods - 1) / 2 - np.arange(methods)
    return tuple(float(effect * place) for place in places)


def draw(design: Design, random: np.random.Generator) -> Votes:
    """Votes of one drawn study: pairs and items as balanced as numbers allow, sides at random."""
    m, n = len(design.theta), design.raters * design.questions
    pairs = np.array(list(combinations(range(m), 2)))
    chosen = pairs[random.permuted(np.resize(np.arange(len(pairs)), n))]
    items = random.permuted(np.resize(np.arange(design.items), n))
    people = np.repeat(np.arange(design.raters), design.questions)
    taste = random.normal(0.0, design.taste_sd, (design.raters, m))
    content = random.normal(0.0, design.item_sd, (design.items, m))
    swap = random.random(n) < 0.5
    left, right = np.where(swap, chosen[:, 1], chosen[:, 0]), np.where(swap, chosen[:, 0], chosen[:, 1])
    theta = np.asarray(design.theta) + taste[people] + content[items]
    rows = np.arange(n)
    wins_left, _, tie = ratings.probabilities(theta[rows, left] - theta[rows, right], design.log_tie)
    at = random.random(n)
    outcome = np.where(at < wins_left, 1.0, np.where(at < wins_left + tie, 0.5, 0.0))
    return Votes(tuple(f"m{one}" for one in range(m)), left, right, outcome, people, _without_gaps(items))


@lru_cache(maxsize=64)
def population(design: Design) -> Population:
    """What infinitely many raters and items would give.

    Raters who differ bring percentages nearer to each other, and so the ratings that fit them: these, not `theta`, are
    what an estimate comes to.
    """
    m, spread = len(design.theta), math.sqrt(2) * math.hypot(design.taste_sd, design.item_sd)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    wins, ties = np.zeros((m, m)), np.zeros((m, m))
    for i, j in combinations(range(m), 2):
        found = ratings.probabilities(design.theta[i] - design.theta[j] + spread * nodes, design.log_tie)
        wins[i, j], wins[j, i], ties[i, j] = (float(weights @ one / weights.sum()) for one in found)
    ties = ties + ties.T
    won = (wins + ties / 2).sum(axis=1)
    return Population(ratings.maximise(wins, ties).theta, won / won.sum())


@dataclass(frozen=True)
class Coverage:
    """How often 95 % intervals hold the truth.

    Args:
        shares, ratings, differences: of percentages, of ratings, and of differences of two ratings.
        independent: of differences, if every vote counted as independent.
        left_out: drawn studies in which some method has no finite rating.
    """

    shares: float
    ratings: float
    differences: float
    independent: float
    trials: int
    left_out: int


def coverage(design: Design, *, trials: int, seed: int) -> Coverage:
    """Draw studies and count.

    Raises:
        ValueError: no drawn study has ratings of all methods.
    """
    truth, hits, done = population(design), np.zeros(4), 0
    m = len(design.theta)
    for number in range(trials):
        votes = draw(design, np.random.default_rng((seed, number)))
        found = _fitted(votes)
        if found is None:
            continue
        done += 1
        hits[0] += np.mean([_holds(intervals.share(votes, one), truth.shares[one]) for one in range(m)])
        hits[1] += np.mean([_holds(intervals.rating(votes, found, one), truth.theta[one]) for one in range(m)])
        gaps = [(a, b, truth.theta[a] - truth.theta[b]) for a, b in combinations(range(m), 2)]
        hits[2] += np.mean([_gap_holds(votes, found, a, b, gap) for a, b, gap in gaps])
        hits[3] += np.mean([_independent_holds(found, a, b, gap) for a, b, gap in gaps])
    if not done:
        raise ValueError(f"expected ratings of all methods but none of {trials} drawn studies has them; ask more")
    shares, rated, differences, independent = (float(one) for one in hits / done)
    return Coverage(shares, rated, differences, independent, trials=done, left_out=trials - done)


def power(design: Design, *, trials: int, seed: int) -> float:
    """How often all neighbours are told apart in the right order, after correction for all comparisons."""
    order = np.argsort(-population(design).theta, kind="stable")
    found = 0
    for number in range(trials):
        votes = draw(design, np.random.default_rng((seed, number)))
        real = {(one.better, one.worse) for one in compare(votes) if one.is_real}
        names = [votes.methods[one] for one in order]
        found += all(pair in real for pair in zip(names, names[1:], strict=False))
    return found / trials


def raters_needed(design: Design, *, wanted: float, most: int, trials: int, seed: int) -> tuple[int | None, float]:
    """The fewest raters with at least the wanted power, and that power; None with what `most` raters reach.

    Powers are found by drawing, so the number is right to within what `trials` can tell.
    """
    low, high = 5, min(6, most)  # the rule calls nothing real with fewer than six raters
    while True:
        reached = power(replace(design, raters=high), trials=trials, seed=seed)
        if reached >= wanted or high >= most:
            break
        low, high = high, min(most, 2 * high)
    if reached < wanted:
        return None, reached
    while high - low > 1:
        middle = (low + high) // 2
        at_middle = power(replace(design, raters=middle), trials=trials, seed=seed)
        if at_middle >= wanted:
            high, reached = middle, at_middle
        else:
            low = middle
    return high, reached


def _fitted(votes: Votes) -> Ratings | None:
    """Ratings if every method has one."""
    if len(ratings.comparable_groups(votes)) > 1:
        return None
    return ratings.fit(votes)


def _holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high


def _gap_holds(votes: Votes, found: Ratings, a: int, b: int, truth: float) -> bool:
    value, spread = intervals.difference(votes, found, a, b)
    return spread is not None and spread.p_value(value - truth) >= 1 - LEVEL  # inside of the interval


def _independent_holds(found: Ratings, a: int, b: int, truth: float) -> bool:
    influence = found.influence[:, a] - found.influence[:, b]
    n = len(influence)
    error = math.sqrt(float(influence @ influence) / n / (n - 1))
    return abs(float(found.theta[a] - found.theta[b]) - truth) <= _quantile(n - 1) * error


@lru_cache(maxsize=64)
def _quantile(df: int) -> float:
    return quantile((1 + LEVEL) / 2, df)


def _without_gaps(numbers: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.unique(numbers, return_inverse=True)[1]
    return found
