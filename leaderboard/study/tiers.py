"""Which methods of a study can be told apart, and when nothing may be ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from benchmark.results.comparison import ALPHA, Comparisons, Difference, Score, holm, smallest_p
from leaderboard.study import intervals, ratings
from leaderboard.study.ratings import Ratings
from leaderboard.study.votes import Votes

FEWEST_VOTES = 30
"""Of a method, before it has a rank."""


@dataclass(frozen=True)
class Compared:
    """Two methods, the one with the higher rating first.

    Args:
        gap: difference of their ratings in log-odds; None where it is infinite: one won all, or there is no chain.
        low, high: 95 % interval of this difference alone.
        p_value: of "no difference"; None where this study cannot tell.
        adjusted_p: after Holm's correction for all comparisons of this kind of question.
    """

    better: str
    worse: str
    gap: float | None
    low: float | None
    high: float | None
    p_value: float | None
    adjusted_p: float | None

    @property
    def is_real(self) -> bool:
        """By the rule of the whole project: `benchmark.results.comparison`."""
        return self.adjusted_p is not None and self.adjusted_p <= ALPHA


def compare(votes: Votes) -> list[Compared]:
    """Every two methods; of two without a rating in common, those that met and always ended alike."""
    found = _fitted(votes)
    pairs = [_compared(votes, found, a, b) for a, b in combinations(range(len(votes.methods)), 2)]
    adjusted = iter(holm([one.p_value for one in pairs if one.p_value is not None]))
    return [one if one.p_value is None else replace(one, adjusted_p=next(adjusted)) for one in pairs]


def tiers(votes: Votes, compared: Sequence[Compared]) -> list[list[str]]:
    """Groups from better to worse: each of a group is really better than each of all later ones."""
    order = _order(votes)
    scores = [Score(name, "", -float(place), True, "", {}, {}, True) for place, name in enumerate(order)]
    real = [
        replace(_NO_DIFFERENCE, a=one.better, b=one.worse, p_value=one.p_value, adjusted_p=one.adjusted_p)
        for one in compared
        if one.is_real
    ]
    return Comparisons(tuple(real), tuple(scores)).tiers("")


def no_rank_because(votes: Votes) -> str | None:
    """Why no method of this kind of question may have a rank; None where they may."""
    groups = ratings.connected_groups(votes)
    if len(groups) > 1:
        names = "; ".join(", ".join(votes.methods[one] for one in group) for group in groups)
        return f"no comparison connects these groups of methods: {names}"
    counts = {name: int(votes.has(place).sum()) for place, name in enumerate(votes.methods)}
    few = [f"{name} has {n}" for name, n in counts.items() if n < FEWEST_VOTES]
    return f"expected {FEWEST_VOTES} votes of each method but {', '.join(few)}" if few else None


_NO_DIFFERENCE = Difference("", "", "", 1.0, True, "", None, 0, 0, 0)


def _fitted(votes: Votes) -> Ratings | None:
    groups = ratings.comparable_groups(votes)
    return ratings.fit(votes) if groups and len(groups[0]) > 1 else None


def _compared(votes: Votes, found: Ratings | None, a: int, b: int) -> Compared:
    if found is None or not {a, b} <= set(found.fitted):
        return _one_sided(votes, a, b)
    gap, spread = intervals.difference(votes, found, a, b)
    if gap < 0:
        a, b, gap = b, a, -gap
    first, second = votes.methods[a], votes.methods[b]
    if spread is None:
        return Compared(first, second, gap, None, None, None, None)
    reach = spread.reach()
    can_tell = smallest_p(votes.n_raters, votes.n_items) <= ALPHA
    return Compared(first, second, gap, gap - reach, gap + reach, spread.p_value(gap) if can_tell else None, None)


def _one_sided(votes: Votes, a: int, b: int) -> Compared:
    """Two methods without a finite difference: the exact test of signs over raters and items, if all say the same."""
    direct = votes.where(votes.has(a) & votes.has(b))
    wins = float(direct.won(a).sum())
    if wins < len(direct) - wins:
        a, b, wins = b, a, len(direct) - wins
    unanimous = len(direct) > 0 and wins == len(direct)
    p = smallest_p(direct.n_raters, direct.n_items) if unanimous else 1.0
    return Compared(votes.methods[a], votes.methods[b], None, None, None, p if unanimous and p <= ALPHA else None, None)


def _order(votes: Votes) -> list[str]:
    """Names, best first: a method is before all that it reaches by a chain of wins; inside of that by rating."""
    found, m = _fitted(votes), len(votes.methods)
    reached = np.linalg.matrix_power((votes.wins() + votes.ties() > 0) + np.eye(m), m) > 0
    depth = reached.sum(axis=1)
    keys = {one: (int(depth[one]), _rating(found, one), float(votes.won(one).sum())) for one in range(m)}
    return [votes.methods[one] for one in sorted(keys, key=lambda one: keys[one], reverse=True)]


def _rating(found: Ratings | None, method: int) -> float:
    return float(found.theta[method]) if found is not None and method in found.fitted else 0.0
