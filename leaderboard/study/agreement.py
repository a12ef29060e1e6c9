"""How much raters agree on the same question: Krippendorff's alpha for names, with its interval.

alpha = 1 - observed / expected disagreement (Krippendorff, Content Analysis, 2004, chapter 11). 1: all agree; 0: as if
everybody answered by chance. A question that a single rater answered says nothing and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.results.crossed import combined
from leaderboard.study.intervals import Estimate
from leaderboard.study.votes import Votes

_ANSWERS = 3  # the first method, the second, no difference


@dataclass(frozen=True)
class Agreement:
    """Alpha, and how much it is based on.

    Args:
        alpha: None where no question has two raters, or everybody gave one answer everywhere.
        questions: that two raters or more answered.
        votes: to these.
    """

    alpha: Estimate | None
    questions: int
    votes: int


def agreement(votes: Votes) -> Agreement:
    """Of all votes about one kind of question; the side on which a method stood does not matter.

    The interval is a jackknife over raters, over items and over both, put together by the project's rule for two
    crossed kinds of clusters (`benchmark.results.crossed.combined`).
    """
    units, answers = _units(votes), _answers(votes)
    table = _table(units, answers, int(units.max()) + 1 if len(units) else 0)
    paired = table.sum(axis=1) >= 2
    found = alpha_of(table)
    counts = int(paired.sum()), int(table[paired].sum())
    if found is None:
        return Agreement(None, *counts)
    return Agreement(_with_interval(found, votes, table, units, answers), *counts)


def alpha_of(
    table: np.ndarray,  # [units, answers], how many raters gave each answer
) -> float | None:
    """Krippendorff's alpha for names; None where it has no value."""
    return _alpha(*_sums(table))


def _sums(table: np.ndarray) -> tuple[float, np.ndarray]:
    """Observed disagreement, and how often each answer was given, of units with two raters or more."""
    paired = table[table.sum(axis=1) >= 2].astype(np.float64)
    sizes = paired.sum(axis=1)
    observed = ((sizes**2 - (paired**2).sum(axis=1)) / (sizes - 1)).sum()
    return float(observed), paired.sum(axis=0)


def _alpha(observed: float, totals: np.ndarray) -> float | None:
    n = totals.sum()
    expected = n**2 - (totals**2).sum()
    return None if expected == 0 else float(1 - (n - 1) * observed / expected)


def _with_interval(value: float, votes: Votes, table: np.ndarray, units: np.ndarray, answers: np.ndarray) -> Estimate:
    if min(votes.n_raters, votes.n_items) < 2:
        return Estimate(value, None, None)
    parts = []
    for clusters in (votes.raters, votes.items, votes.crossing.cells):
        without = _leaving_out(clusters, table, units, answers)
        known = np.array([one for one in without if one is not None])
        if len(known) < len(without) or len(known) < 2:
            return Estimate(value, None, None)
        parts.append(float((len(known) - 1) / len(known) * ((known - known.mean()) ** 2).sum()))
    by_rater, by_item, by_both = parts
    reach = combined(by_rater, by_item, by_both, votes.n_raters, votes.n_items).reach()
    return Estimate(value, max(-1.0, value - reach), min(1.0, value + reach))


def _leaving_out(clusters: np.ndarray, table: np.ndarray, units: np.ndarray, answers: np.ndarray) -> list[float | None]:
    """Alpha without each cluster in turn; only the units that it touches are summed again."""
    observed, totals = _sums(table)
    order = np.argsort(clusters, kind="stable")
    found = []
    for own in np.split(order, np.flatnonzero(np.diff(clusters[order])) + 1):
        touched, place = np.unique(units[own], return_inverse=True)
        before = table[touched]
        after = before - _table(place, answers[own], len(touched))
        (gone, counted), (left, recounted) = _sums(before), _sums(after)
        found.append(_alpha(observed - gone + left, totals - counted + recounted))
    return found


def _units(votes: Votes) -> np.ndarray:
    """int64 [n]: the question of each vote: two methods on one item."""
    found: np.ndarray = np.unique(votes.items * len(votes.methods) ** 2 + votes.pairs, return_inverse=True)[1]
    return found


def _answers(votes: Votes) -> np.ndarray:
    """int64 [n]: 0 the method with the lower number, 1 the other, 2 no difference."""
    first = np.where(votes.left < votes.right, votes.outcome, 1 - votes.outcome)
    return np.where(votes.outcome == 0.5, 2, np.where(first == 1, 0, 1))


def _table(units: np.ndarray, answers: np.ndarray, count: int) -> np.ndarray:
    """int64 [count, answers]: how often each unit got each answer."""
    return np.bincount(units * _ANSWERS + answers, minlength=count * _ANSWERS).reshape(count, _ANSWERS)
