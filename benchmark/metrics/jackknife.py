"""Intervals of statistics of whole sets: a delete-a-group jackknife over drivers, over sources and over both.

Source: Shao and Wu 1989; Kott 2001; the three variances are combined as those of a mean are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.metrics.feature_sets import FeatureSets
from benchmark.metrics.scores import Extra
from benchmark.results.crossed import Crossing, Replicates, Spread, combined

MAX_GROUPS = 20


@dataclass(frozen=True)
class Grouping:
    """Groups of cases that are left out in turn: of whole drivers, of whole sources, of whole cells.

    Args:
        drivers, sources, cells: group of each case, int [C]; sources and cells are None where every source has its own
            driver, as in self-reenactment: one partition says everything then.
    """

    drivers: np.ndarray
    sources: np.ndarray | None
    cells: np.ndarray | None

    @classmethod
    def of(cls, crossing: Crossing) -> Grouping | None:
        """At most 20 groups of about equal size each; None with fewer than two drivers or sources."""
        if min(crossing.n_drivers, crossing.n_sources) < 2:
            return None
        n_cells = int(crossing.cells.max()) + 1
        if crossing.n_drivers == crossing.n_sources == n_cells:
            return cls(groups_of(crossing.drivers), None, None)
        return cls(groups_of(crossing.drivers), groups_of(crossing.sources), groups_of(crossing.cells))

    @property
    def partitions(self) -> tuple[np.ndarray, ...]:
        """Those that there are: drivers first, then sources, then cells."""
        return tuple(one for one in (self.drivers, self.sources, self.cells) if one is not None)

    @property
    def left_out(self) -> np.ndarray:
        """bool [R, C]: which cases each replicate leaves out, in the order of `partitions`."""
        return np.concatenate([one == np.arange(one.max() + 1)[:, None] for one in self.partitions])

    def replicates(self, values: np.ndarray) -> Replicates:
        """The statistic without each group, from one value per row of `left_out`."""
        counts = [int(one.max()) + 1 for one in self.partitions]
        parts = np.split(values, np.cumsum(counts)[:-1])
        return Replicates(*parts) if len(parts) == 3 else Replicates(parts[0], parts[0], parts[0])


def groups_of(
    clusters: np.ndarray,  # int [C], cluster of each case
    most: int = MAX_GROUPS,
) -> np.ndarray:
    """Group of each case, int [C]: whole clusters, the largest first, each into the group that is smallest so far."""
    sizes = np.bincount(clusters)
    totals = np.zeros(min(most, len(sizes)), dtype=np.int64)
    groups = np.zeros(len(sizes), dtype=np.int64)
    for cluster in np.argsort(-sizes, kind="stable"):
        groups[cluster] = int(np.argmin(totals))
        totals[groups[cluster]] += sizes[cluster]
    return groups[clusters]


@dataclass(frozen=True)
class Jackknife:
    """The interval of a statistic, and what must stand beside it so that methods can be compared."""

    standard_error: float
    low: float
    high: float
    extra: dict[str, Extra]


def jackknife(
    sets: FeatureSets,
    statistic: Callable[[FeatureSets], float],
    value: float,
    *,
    lowest: float | None = None,
) -> Jackknife | None:
    """95 % interval of `statistic`, whose value on all of `sets` is `value`.

    The statistic is computed again without each group in turn. Unlike a bootstrap this draws no sample twice, which
    would change the rank of a covariance; unlike first-order weights it does not underestimate where there are fewer
    samples than dimensions. None with fewer than two drivers or sources, or where a group cannot be left out because
    fewer than two samples would remain on a side.

    Args:
        lowest: the lowest possible value.
    """
    grouping = grouping_of(sets)
    if grouping is None:
        return None
    values = np.array([statistic(sets.without(cases)) for cases in grouping.left_out])
    return interval_of(grouping.replicates(values), value, lowest=lowest)


def grouping_of(sets: FeatureSets, at_least: int = 2) -> Grouping | None:
    """The groups to leave out; None where there are none, or too few samples remain without one."""
    grouping = Grouping.of(sets.crossing)
    if grouping is None or min(remaining(grouping, one).min() for one in (sets.generated_cases, sets.real_cases)) < (
        at_least
    ):
        return None
    return grouping


def remaining(grouping: Grouping, cases: np.ndarray) -> np.ndarray:
    """How many samples remain without each group, int [R], from the case of each sample."""
    sizes = np.bincount(cases, minlength=len(grouping.drivers))
    return len(cases) - grouping.left_out @ sizes


def interval_of(
    replicates: Replicates, value: float, *, lowest: float | None = None, highest: float | None = None
) -> Jackknife:
    """The interval around `value`, within what is possible."""
    spread = replicates.spread
    reach = spread.reach()
    low, high = value - reach, value + reach
    return Jackknife(
        spread.standard_error,
        low if lowest is None else max(lowest, low),
        high if highest is None else min(highest, high),
        {"standard_error": spread.standard_error, **_lists(replicates)},
    )


def share_interval(replicates: Replicates, value: float, people: int) -> Jackknife:
    """The interval around a share of samples, within 0 .. 1.

    A share of few people is skewed, and may be 0 or 1 without any spread by chance. So deviations are from the value
    itself, and the standard error is never taken as less than half of that of `people` answers of yes or no, one of
    each added.
    """
    by_driver, by_source, by_cell = (
        float((len(v) - 1) / len(v) * ((v - value) ** 2).sum()) for _, v in replicates.parts
    )
    spread = combined(by_driver, by_source, by_cell, len(replicates.by_driver), len(replicates.by_source))
    likely = (value * people + 1) / (people + 2)
    error = max(spread.standard_error, (likely * (1 - likely) / people) ** 0.5 / 2)
    reach = Spread(error**2, spread.df).reach()
    return Jackknife(
        error,
        max(0.0, value - reach),
        min(1.0, value + reach),
        {"standard_error": error, **_lists(replicates)},
    )


def _lists(replicates: Replicates) -> dict[str, Extra]:
    parts: Sequence[tuple[str, np.ndarray]] = replicates.parts
    return {name: [float(value) for value in values] for name, values in parts}
