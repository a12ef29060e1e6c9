"""AUC_z (paper Eq. 1): how evenly the expression space spreads its variance over principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.feature_sets import crossing_of
from benchmark.metrics.fid import INTERVAL
from benchmark.metrics.jackknife import Grouping, interval_of
from benchmark.metrics.known_answers import EXACT, Near
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.moments import Moments, merged, moments_of, without_each
from benchmark.metrics.scores import Extra, SetScore
from benchmark.results.crossed import Crossing, Replicates

THRESHOLDS_PERCENT = (80, 90, 95, 99)
MAX_CURVE_POINTS = 256


@dataclass(frozen=True)
class LatentSpectrum:
    """Eigenvalues of the correlation matrix of z, and what follows from them."""

    eigenvalues: np.ndarray  # float64 [d], descending
    constant_dims: int  # dimensions without variance, left out
    n: int

    @property
    def cumulative(self) -> np.ndarray:
        """Cumulative explained variance, float64 [d], ending at 1."""
        total: np.ndarray = np.cumsum(self.eigenvalues) / self.eigenvalues.sum()
        return total

    @property
    def auc_z(self) -> float:
        """Mean of the cumulative explained variance: (d + 1) / 2d if isotropic, near 1 if collapsed."""
        return float(self.cumulative.mean())

    @property
    def effective_rank(self) -> float:
        """exp of the entropy of the explained variances (Roy and Vetterli 2007)."""
        share = self.eigenvalues / self.eigenvalues.sum()
        share = share[share > 0]
        return float(np.exp(-(share * np.log(share)).sum()))

    def curve(self, max_points: int = MAX_CURVE_POINTS) -> tuple[np.ndarray, np.ndarray]:
        """(number of components, their cumulative explained variance) of Fig. 3; thinned evenly, ends kept."""
        if max_points < 2:
            raise ValueError(f"expected at least 2 points but got {max_points}")
        counts = np.unique(np.rint(np.linspace(1, len(self.eigenvalues), max_points)).astype(int))
        return counts, self.cumulative[counts - 1]

    def components_for(self, percent: float) -> int:
        """Fewest leading components that explain at least `percent` of the variance."""
        return int(np.searchsorted(self.cumulative, percent / 100.0 - 1e-12) + 1)


def latent_spectrum(moments: Moments) -> LatentSpectrum:
    """Spectrum of standardised latents.

    Dimensions with no variance cannot be standardised: they are left out and counted. The divisor of the
    standard deviation (n or n - 1) cancels in the explained variances.

    Raises:
        ValueError: fewer than 2 samples, fewer samples than dimensions (the missing eigenvalues would be zero and
            look like collapse), or no dimension that varies.
    """
    if moments.n < 2:
        raise ValueError(f"expected at least 2 latents but got {moments.n}")
    deviation = np.sqrt(np.diag(moments.covariance))
    varies = deviation > 1e-7 * np.maximum(1.0, np.abs(moments.mean))  # float32 rounding of a constant
    d = int(varies.sum())
    if d == 0:
        raise ValueError("expected latents that vary but all dimensions are constant")
    if moments.n < d:
        raise ValueError(f"expected at least as many latents as dimensions that vary ({d}) but got {moments.n}")
    scale = deviation[varies]
    correlation = moments.covariance[np.ix_(varies, varies)] / np.outer(scale, scale)
    eigenvalues = np.maximum(np.linalg.eigvalsh(correlation)[::-1], 0.0)
    return LatentSpectrum(eigenvalues, len(varies) - d, moments.n)


def auc_z(cases: Sequence[CaseFeatures]) -> SetScore:
    """AUC_z of the latents of all cases together."""
    parts = [case.latents for case in cases if case.latents is not None]
    if not parts or len(parts) < len(cases):
        return SetScore(None, 0, f"latents of {len(cases) - len(parts)} of {len(cases)} cases are missing")
    if len({part.shape[1] for part in parts}) > 1:
        return SetScore(None, 0, "latents of different cases have different dimensions")
    finite = [np.isfinite(part).all(axis=1) for part in parts]
    moments = [moments_of(part[kept]) for part, kept in zip(parts, finite, strict=True)]
    total = merged(moments)
    failed = float(sum((~kept).sum() for kept in finite))
    try:
        spectrum = latent_spectrum(total)
    except ValueError as error:
        return SetScore(None, total.n, str(error), {"n_failed": failed})
    counts, explained = spectrum.curve()
    extra: dict[str, Extra] = {f"components_{p}": float(spectrum.components_for(p)) for p in THRESHOLDS_PERCENT}
    extra |= {
        "curve_components": counts.astype(float).tolist(),
        "curve_explained_variance": explained.tolist(),
        "effective_rank": spectrum.effective_rank,
        "dimensions": float(len(spectrum.eigenvalues)),
        "constant_dimensions": float(spectrum.constant_dims),
        "n_failed": failed,
    }
    values = _without(moments, crossing_of(cases))
    if values is None:
        return SetScore(spectrum.auc_z, total.n, None, extra)
    spread = interval_of(values, spectrum.auc_z, lowest=0.5, highest=1.0)
    return SetScore(spectrum.auc_z, total.n, None, extra | spread.extra, spread.low, spread.high)


def _without(moments: Sequence[Moments], crossing: Crossing) -> Replicates | None:
    """AUC_z without each group of cases; None where there are no groups, or too little remains without one."""
    grouping = Grouping.of(crossing)
    if grouping is None:
        return None
    values: list[float] = []
    for groups in grouping.partitions:
        parts = [
            merged([one for one, group in zip(moments, groups, strict=True) if group == g])
            for g in range(groups.max() + 1)
        ]
        try:
            values += [latent_spectrum(rest).auc_z for rest in without_each(parts)]
        except ValueError:  # fewer latents than dimensions
            return None
    return grouping.replicates(np.array(values))


ENTRIES = (
    SetMetric(
        MetricCard(
            id="auc_z",
            title="AUC_z",
            unit="",
            higher_is_better=False,
            level="set",
            needs=frozenset({"latents"}),
            features=(),
            summary="Area under the cumulative explained variance of the standardised expression descriptors z: about"
            " 0.5 isotropic, 1 collapsed. Depends on which frames it is computed on.",
            definition="Latents `z` of all frames of all cases, each dimension standardised; eigenvalues `l_i` of the"
            " correlation matrix, descending; cumulative explained variance `c_i = sum_{j <= i} l_j / sum_j l_j`; the"
            " value is the mean of `c_i` over the d dimensions. (d + 1) / 2d if isotropic, 1 if collapsed to one"
            " direction. Extra (Fig. 3): the curve `c` (thinned to 256 points), components for 80, 90, 95 and 99 % of"
            " the variance, effective rank (exp of the entropy of `l_i / sum_j l_j`, Roy and Vetterli 2007). "
            + INTERVAL,
            value_range=(0.5, 1.0),
            preprocessing="none; dimensions without variance are left out and counted",
            pitfalls=(
                "It describes the latents of these frames: few subjects or tame drivers look like collapse.",
                "Values of models with different d are not on one scale, and only methods that expose z have it.",
                "Not scored with fewer samples than dimensions that vary: the missing eigenvalues would look like"
                " collapse.",
            ),
            source="EMOPortraits Eq. 1, Table 4",
        ),
        auc_z,
        (Near(on.ISOTROPIC, 0.5625, 0.05), Near(on.COLLAPSED, 1.0, EXACT)),
    ),
)
