"""How many independent cases a set of cases is worth, when cases of one cluster resemble each other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class EffectiveSize:
    """Cases, and what they are worth.

    Args:
        icc: intra-cluster correlation, the share of the variance that lies between clusters, 0 to 1; None where it
            cannot be told.
        n_effective: independent cases that would give the mean as precisely; None where it cannot be told.
    """

    n: int
    n_clusters: int
    icc: float | None
    n_effective: float | None


def effective_size(
    values: Sequence[float] | np.ndarray,  # [n], finite
    clusters: Sequence[Hashable],  # [n]
) -> EffectiveSize:
    """Effective sample size `n / (1 + (m - 1) icc)` with `m = sum n_i^2 / n`, the size of a case's own cluster.

    The intra-cluster correlation is the one-way ANOVA estimate for clusters of unequal size,
    `(B - W) / (B + (n0 - 1) W)` with `n0 = (n - m) / (k - 1)`, between and within mean squares `B` and `W`; below 0
    it counts as 0. Where every cluster has one case, cases are taken as independent. Nothing can be told from a
    single cluster, or where all values are equal.

    Source: design effect of Kish (1965); estimate and cluster sizes as in Donner and Koval (1980).

    Raises:
        ValueError: no values, NaN or infinity, or lengths that differ.
    """
    x, index = grouped(values, clusters)
    sizes = np.bincount(index).astype(np.float64)
    n, k = len(x), len(sizes)
    if k < 2:
        return EffectiveSize(n, k, None, None)
    if n == k:
        return EffectiveSize(n, k, None, float(n))
    own_size = float((sizes**2).sum() / n)
    means = np.bincount(index, weights=x) / sizes
    between = float((sizes * (means - x.mean()) ** 2).sum() / (k - 1))
    within = float(((x - means[index]) ** 2).sum() / (n - k))
    n0 = (n - own_size) / (k - 1)
    spread = between + (n0 - 1) * within
    if spread <= (1e-12 * np.abs(x).max()) ** 2:  # rounding of equal values
        return EffectiveSize(n, k, None, None)
    icc = min(1.0, max(0.0, (between - within) / spread))
    return EffectiveSize(n, k, icc, n / (1 + (own_size - 1) * icc))


def grouped(
    values: Sequence[float] | np.ndarray,  # [n]
    clusters: Sequence[Hashable],  # [n]
) -> tuple[np.ndarray, np.ndarray]:
    """Checked values float64 [n], and the number of each one's cluster, int [n], by first appearance."""
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) != len(clusters):
        raise ValueError(f"expected one cluster per value but got {list(x.shape)} and {len(clusters)}")
    if len(x) == 0:
        raise ValueError("expected at least one value but got none")
    if not np.isfinite(x).all():
        raise ValueError("expected finite values but got NaN or infinity; leave failed cases out and count them")
    order: dict[Hashable, int] = {}
    return x, np.array([order.setdefault(cluster, len(order)) for cluster in clusters])
