"""Intervals of statistics of whole sets: delete-a-group jackknife over clusters (Shao and Wu 1989; Kott 2001)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmark.metrics.feature_sets import FeatureSets

MAX_GROUPS = 20
_T_QUANTILES = (
    12.706204736174694, 4.302652729749462, 3.1824463052837078, 2.7764451051977934, 2.5705818356363146,
    2.4469118511449786, 2.364624251592784, 2.306004135204166, 2.262157162798205, 2.228138851986274,
    2.200985160091639, 2.1788128296672284, 2.1603686564627913, 2.144786687917804, 2.131449545559776,
    2.1199052992212546, 2.1098155778333156, 2.1009220402410382, 2.0930240544083087,
)  # fmt: skip
"""Student's t at 97.5 % for 1 to 19 degrees of freedom: scipy's function takes long to import in every run."""


@dataclass(frozen=True)
class Jackknife:
    """Standard error of a statistic over groups of clusters, and value -+ t standard errors."""

    standard_error: float
    low: float
    high: float
    n_groups: int


def jackknife(
    sets: FeatureSets,
    statistic: Callable[[FeatureSets], float],
    value: float,
    *,
    lowest: float | None = None,
) -> Jackknife | None:
    """95 % interval of `statistic`, whose value on all of `sets` is `value`; None with fewer than 2 clusters.

    The statistic is computed again without each group in turn: (G - 1) / G times the sum of squared deviations of
    these G values is its variance. Clusters are put into at most 20 groups of about equal size, always the same ones.
    Unlike a bootstrap this draws no sample twice, which would change the rank of a covariance; unlike first-order
    weights it does not underestimate where there are fewer samples than dimensions. `lowest` is the lowest possible
    value. None also where a group cannot be left out because too little remains.
    """
    groups = group_clusters(sets)
    n_groups = int(groups.max()) + 1
    if n_groups < 2:
        return None
    reduced = [sets.without(groups == group) for group in range(n_groups)] if _enough_remains(sets, groups) else []
    if not reduced:
        return None
    return interval_of(np.array([statistic(part) for part in reduced]), value, lowest=lowest)


def interval_of(
    values: np.ndarray,  # float64 [G], 2 <= G <= MAX_GROUPS: the statistic without each group
    value: float,
    *,
    lowest: float | None = None,
) -> Jackknife:
    """The interval around `value` from the statistics without each group."""
    n_groups = len(values)
    error = float(np.sqrt((n_groups - 1) / n_groups * ((values - values.mean()) ** 2).sum()))
    reach = _T_QUANTILES[n_groups - 2] * error
    low = value - reach if lowest is None else max(lowest, value - reach)
    return Jackknife(error, low, value + reach, n_groups)


def group_clusters(sets: FeatureSets) -> np.ndarray:
    """Group of each cluster, int [n_clusters]: the largest first, each into the group that is smallest so far."""
    sizes = np.bincount(sets.generated_clusters, minlength=sets.n_clusters).astype(np.int64)
    sizes += np.bincount(sets.real_clusters, minlength=sets.n_clusters)
    n_groups = min(MAX_GROUPS, sets.n_clusters)
    totals = np.zeros(n_groups, dtype=np.int64)
    groups = np.zeros(sets.n_clusters, dtype=np.int64)
    for cluster in np.argsort(-sizes, kind="stable"):
        groups[cluster] = int(np.argmin(totals))
        totals[groups[cluster]] += max(1, int(sizes[cluster]))
    return groups


def _enough_remains(sets: FeatureSets, groups: np.ndarray) -> bool:
    """At least 2 samples on each side, whichever group is left out."""
    for clusters in (sets.generated_clusters, sets.real_clusters):
        if len(clusters) - int(np.bincount(groups[clusters]).max()) < 2:
            return False
    return True
