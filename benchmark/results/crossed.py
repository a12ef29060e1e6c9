"""Uncertainty of a mean over cases that are drivers x sources: neither cases of one driver nor of one source are
independent of each other.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from benchmark.results.student import quantile, two_sided_p

LEVEL = 0.95
_EQUAL = 1e-12  # spread below this share of the largest value is rounding of equal values


@dataclass(frozen=True)
class Spread:
    """How far an estimate may be from what it estimates.

    Args:
        variance: of the estimate.
        df: degrees of freedom of its standard error, for Student's t.
    """

    variance: float
    df: float

    @property
    def standard_error(self) -> float:
        return math.sqrt(self.variance)

    def reach(self, level: float = LEVEL) -> float:
        """Half the width of the interval."""
        return quantile((1 + level) / 2, self.df) * self.standard_error

    def p_value(self, estimate: float) -> float:
        """Of "the estimated value is 0", two-sided."""
        if self.variance == 0.0:
            return 1.0 if estimate == 0.0 else 0.0
        return two_sided_p(estimate / self.standard_error, self.df)


@dataclass(frozen=True)
class Mean:
    """A mean over cases with its uncertainty.

    Args:
        spread: None with fewer than two drivers or sources: nothing is known of others then.
        n_effective: independent cases that would give the mean as precisely; None where it cannot be told.
    """

    value: float
    spread: Spread | None
    n: int
    n_drivers: int
    n_sources: int
    n_effective: float | None

    def interval(self, level: float = LEVEL) -> tuple[float, float] | tuple[None, None]:
        """Both ends of the interval of the mean."""
        if self.spread is None:
            return None, None
        reach = self.spread.reach(level)
        return self.value - reach, self.value + reach


@dataclass(frozen=True)
class Crossing:
    """Which driver and source each case has.

    Args:
        drivers, sources, cells: int [n], numbered from 0; a cell is a driver with a source.
    """

    drivers: np.ndarray
    sources: np.ndarray
    cells: np.ndarray

    @classmethod
    def of(cls, drivers: Sequence[Hashable], sources: Sequence[Hashable | None]) -> Crossing:
        """From names. Where no source is known, drivers alone count: each case's source is its driver then.

        Raises:
            ValueError: lengths differ, or some sources are known and some are not.
        """
        if len(drivers) != len(sources):
            raise ValueError(f"expected one driver and one source per case but got {len(drivers)} and {len(sources)}")
        unknown = sum(source is None for source in sources)
        if unknown not in (0, len(sources)):
            raise ValueError(f"expected a source of every case or of none but {unknown} of {len(sources)} have none")
        if unknown:
            sources = drivers
        return cls(_numbers(drivers), _numbers(sources), _numbers(list(zip(drivers, sources, strict=True))))

    @property
    def n_drivers(self) -> int:
        return int(self.drivers.max()) + 1

    @property
    def n_sources(self) -> int:
        return int(self.sources.max()) + 1


def mean_of(values: Sequence[float] | np.ndarray, crossing: Crossing) -> Mean:
    """Mean of one value per case, with its two-way clustered variance.

    The variance is that of Cameron, Gelbach and Miller (2011) for a mean, each part scaled by k / (k - 1): by driver,
    plus by source, minus by both; it is never taken as less than either of the first two (see `combined`).

    Raises:
        ValueError: no values, NaN or infinity, or not one per case.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.shape != crossing.drivers.shape:
        raise ValueError(f"expected one value per case but got {list(x.shape)} for {len(crossing.drivers)} cases")
    if not len(x):
        raise ValueError("expected at least one value but got none")
    if not np.isfinite(x).all():
        raise ValueError("expected finite values but got NaN or infinity; leave failed cases out and count them")
    mean = float(x.mean())
    centred = x - mean
    if np.abs(centred).max() <= _EQUAL * np.abs(x).max():
        centred = np.zeros_like(x)
    n, n_drivers, n_sources = len(x), crossing.n_drivers, crossing.n_sources
    if min(n_drivers, n_sources) < 2:
        return Mean(mean, None, n, n_drivers, n_sources, None)
    by_driver, by_source, by_cell = (
        _clustered(centred, one) for one in (crossing.drivers, crossing.sources, crossing.cells)
    )
    spread = combined(by_driver, by_source, by_cell, n_drivers, n_sources)
    worth = None
    if spread.variance > 0:
        one_case = (
            float(centred @ centred) / n + spread.variance
        )  # deviations are from this mean, not from the true one
        worth = min(float(n), one_case / spread.variance)
    return Mean(mean, spread, n, n_drivers, n_sources, worth)


def combined(by_driver: float, by_source: float, by_cell: float, n_drivers: int, n_sources: int) -> Spread:
    """Variance and degrees of freedom from the variances over drivers, over sources and over both.

    by_driver + by_source - by_cell may come out too small or negative by chance: it is never taken as less than
    by_driver or by_source. Degrees of freedom are Satterthwaite's for a sum of two variances. Each is inflated by
    1 + 4 / (k - 1) there, because one that is small by chance would promise the many degrees of freedom of the other;
    they lie between those of the fewer clusters and those of both together.
    """
    total = max(by_driver, by_source, by_driver + by_source - by_cell)
    fewest, most = min(n_drivers, n_sources) - 1, n_drivers + n_sources - 2
    parts = [(v * (1 + 4 / (k - 1)), k - 1) for v, k in ((by_driver, n_drivers), (by_source, n_sources))]
    scale = sum(v**2 / df for v, df in parts)
    if scale == 0.0:
        return Spread(total, fewest)
    shrink = total / (by_driver + by_source)
    return Spread(total, min(most, max(fewest, (shrink * sum(v for v, _ in parts)) ** 2 / scale)))


def _clustered(centred: np.ndarray, clusters: np.ndarray) -> float:
    """Variance of the mean when clusters, not cases, are independent."""
    sums = np.bincount(clusters, weights=centred)
    k = len(sums)
    return float((sums**2).sum()) / len(centred) ** 2 * k / (k - 1)


def _numbers(names: Sequence[Hashable]) -> np.ndarray:
    order: dict[Hashable, int] = {}
    return np.array([order.setdefault(name, len(order)) for name in names], dtype=np.int64)


@dataclass(frozen=True)
class Replicates:
    """A statistic of a whole set without each group of drivers, of sources, and of cells in turn, float64 [G] each."""

    by_driver: np.ndarray
    by_source: np.ndarray
    by_cell: np.ndarray

    NAMES: ClassVar[tuple[str, ...]] = ("without_drivers", "without_sources", "without_cells")

    @classmethod
    def of(cls, extra: Mapping[str, object]) -> Replicates | None:
        """From what stands beside a value in results; None where it has none."""
        parts = [extra.get(name) for name in cls.NAMES]
        if not all(isinstance(part, list) and len(part) > 1 for part in parts):
            return None
        return cls(*(np.array(part, dtype=np.float64) for part in parts))

    @property
    def parts(self) -> tuple[tuple[str, np.ndarray], ...]:
        """Names in results, and values."""
        return tuple(zip(self.NAMES, (self.by_driver, self.by_source, self.by_cell), strict=True))

    @property
    def spread(self) -> Spread:
        """Uncertainty of the statistic: (G - 1) / G times the sum of squared deviations for each kind of group."""
        by_driver, by_source, by_cell = (_jackknifed(values) for _, values in self.parts)
        return combined(by_driver, by_source, by_cell, len(self.by_driver), len(self.by_source))

    def minus(self, other: Replicates) -> Replicates | None:
        """Of the difference of two statistics; None where their groups are not the same."""
        pairs = list(zip(self.parts, other.parts, strict=True))
        if any(len(a) != len(b) for (_, a), (_, b) in pairs):
            return None
        return Replicates(*(a - b for (_, a), (_, b) in pairs))


def _jackknifed(values: np.ndarray) -> float:
    return float((len(values) - 1) / len(values) * ((values - values.mean()) ** 2).sum())
