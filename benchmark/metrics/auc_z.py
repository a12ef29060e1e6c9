"""AUC_z (paper Eq. 1): how evenly the expression space spreads its variance over principal components."""

from __future__ import annotations

from collections.abc import Sequence

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
from feed_dataset.core.jobs.errors import FeedError
from model.analysis.spectrum import latent_spectrum

THRESHOLDS_PERCENT = (80, 90, 95, 99)


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
    except FeedError as error:
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
        except FeedError:  # fewer latents than dimensions
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
