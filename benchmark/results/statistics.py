"""Uncertainty that respects clusters: cases that share a driver are not independent of each other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.results.effective_size import effective_size, grouped

_EXACT_CLUSTERS = 12  # 4096 sign patterns


@dataclass(frozen=True)
class Interval:
    """A mean and its percentile bootstrap interval."""

    mean: float
    low: float | None  # None with fewer than 2 clusters: nothing to resample
    high: float | None
    n: int
    n_clusters: int
    n_effective: float | None = None  # see `effective_size`


@dataclass(frozen=True)
class PairedDifference:
    """Mean of a - b on the same cases, its interval, and how surprising it is if nothing differs."""

    mean: float
    low: float | None
    high: float | None
    p_value: float | None  # None with fewer than 2 clusters
    n: int
    n_clusters: int
    n_effective: float | None = None  # of the differences, see `effective_size`


def bootstrap_ci(
    values: Sequence[float] | np.ndarray,  # [n], finite
    clusters: Sequence[Hashable],  # [n]
    *,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """Percentile bootstrap of the mean over cases: clusters are drawn with replacement, with all their cases.

    With few clusters it is too narrow: in simulations (normal, 4 cases a cluster, half of the variance between
    clusters) the 95 % interval held the true mean in 83 % of the trials with 5 clusters, 91 % with 10, 92 % with 20
    and 94 % with 40.

    Raises:
        ValueError: no values, NaN or infinity, lengths that differ, or a level outside (0, 1).
    """
    x, sums, counts = _clustered(values, clusters)
    worth = effective_size(x, clusters).n_effective
    if len(counts) < 2:
        return Interval(float(x.mean()), None, None, len(x), len(counts), worth)
    means = _resampled_means(sums, counts, seed, n_resamples)
    low, high = _percentile(means, level)
    return Interval(float(x.mean()), low, high, len(x), len(counts), worth)


def paired_difference(
    a: Sequence[float] | np.ndarray,  # [n], finite
    b: Sequence[float] | np.ndarray,  # [n], finite, same cases in the same order
    clusters: Sequence[Hashable],  # [n]
    seed: int,
    *,
    n_resamples: int = 10_000,
    level: float = 0.95,
) -> PairedDifference:
    """Clustered bootstrap of mean(a - b), and a clustered test of "no difference".

    The p-value is that of a two-sided sign-flip test on clusters: if the methods were equal, each driver's
    total difference could as well have had the other sign. All sign patterns are tried for up to 12 clusters,
    `n_resamples` random ones beyond. It cannot fall below 2 / 2^clusters, however large the difference, which
    is why it is not read off the bootstrap: that calls any two drivers of one sign significant.
    """
    if len(a) != len(b):
        raise ValueError(f"expected paired values but got {len(a)} and {len(b)}")
    x, sums, counts = _clustered(np.asarray(a, np.float64) - np.asarray(b, np.float64), clusters)
    mean = float(x.mean())
    worth = effective_size(x, clusters).n_effective
    if len(counts) < 2:
        return PairedDifference(mean, None, None, None, len(x), len(counts), worth)
    means = _resampled_means(sums, counts, seed, n_resamples)
    low, high = _percentile(means, level)
    p_value = _sign_flip_p_value(sums, seed, n_resamples)
    return PairedDifference(mean, low, high, p_value, len(x), len(counts), worth)


def describe_difference(
    name_a: str,
    name_b: str,
    difference: PairedDifference,
    *,
    higher_is_better: bool | None,
    unit: str = "",
) -> str:
    """One plain sentence: which of two methods is better and by how much, or that it is within noise."""
    size = f"{abs(difference.mean):.3g}{' ' + unit if unit else ''}"
    basis = f"{difference.n} cases of {difference.n_clusters} drivers"
    if difference.n_effective is not None and difference.n_effective < 0.95 * difference.n:
        basis += f", worth about {difference.n_effective:.0f} independent ones"
    if difference.low is None or difference.high is None:
        return f"{name_a} and {name_b} differ by {size}; one driver is too few to say more ({basis})"
    interval = f"95 % interval of {name_a} minus {name_b}: {difference.low:.3g} to {difference.high:.3g}"
    p_value = 1.0 if difference.p_value is None else difference.p_value
    if difference.low <= 0.0 <= difference.high:
        return f"{name_a} and {name_b} differ by {size}, within noise ({interval}; {basis})"
    if higher_is_better is None:
        word = "higher" if difference.mean > 0 else "lower"
    else:
        word = "better" if (difference.mean > 0) == higher_is_better else "worse"
    # The sign-flip test cannot fall below 2 / 2^clusters, however large the difference.
    caution = "" if p_value <= 0.05 else f"; {difference.n_clusters} drivers are too few to be sure, p = {p_value:.2g}"
    return f"{name_a} is {word} than {name_b} by {size} ({interval}; {basis}{caution})"


def _clustered(
    values: Sequence[float] | np.ndarray, clusters: Sequence[Hashable]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, and per cluster (in order of first appearance) their sum and count."""
    x, index = grouped(values, clusters)
    return x, np.bincount(index, weights=x), np.bincount(index).astype(np.float64)


def _resampled_means(sums: np.ndarray, counts: np.ndarray, seed: int, n_resamples: int) -> np.ndarray:
    if n_resamples < 1:
        raise ValueError(f"expected n_resamples >= 1 but got {n_resamples}")
    k = len(sums)
    draws = np.random.default_rng(seed).multinomial(k, np.full(k, 1.0 / k), size=n_resamples)  # [R, k]
    means: np.ndarray = (draws @ sums) / (draws @ counts)
    return means


def _sign_flip_p_value(sums: np.ndarray, seed: int, n_resamples: int) -> float:
    k = len(sums)
    observed = abs(float(sums.sum()))
    threshold = observed - 1e-9 * float(np.abs(sums).sum())  # equal sums differ by rounding
    if k <= _EXACT_CLUSTERS:
        signs = 1 - 2 * ((np.arange(2**k)[:, None] >> np.arange(k)) & 1)
        return float((np.abs(signs @ sums) >= threshold).mean())
    signs = 1 - 2 * np.random.default_rng(seed + 1).integers(0, 2, size=(n_resamples, k))
    as_large = int((np.abs(signs @ sums) >= threshold).sum())
    return (as_large + 1) / (n_resamples + 1)  # the observed pattern counts as one


def _percentile(means: np.ndarray, level: float) -> tuple[float, float]:
    if not 0.0 < level < 1.0:
        raise ValueError(f"expected level in (0, 1) but got {level}")
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
