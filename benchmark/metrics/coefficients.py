"""Expression coefficient by coefficient, and all of them as a distribution (E-FID)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.card import MetricCard
from benchmark.metrics.feature_sets import gather
from benchmark.metrics.fid import DEPENDENT_FRAMES, INTERVAL, frechet_of_sets
from benchmark.metrics.frame_pairs import pair_arrays
from benchmark.metrics.known_answers import EXACT, NO_FACE, Near, Same, Worse, error_answers
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import CaseScore, Extra, SetScore

_FEATURE = "blendshapes"


def blendshape_error(cases: Sequence[CaseFeatures]) -> SetScore:
    """Error of the coefficient that is worst, with those of all beside it."""
    means: list[np.ndarray] = []
    reasons: list[str] = []
    frames = 0
    for case in cases:
        paired = pair_arrays(case, _FEATURE, against="driver", what="blendshape coefficients")
        if isinstance(paired, CaseScore):
            reasons += [reason for reason, _ in paired.failures[:1]]
            continue
        if not paired.usable.any():
            reasons += [reason or "no frames" for reason in paired.failures[:1]]
            continue
        output, driver = (rows[paired.usable, 1:].astype(np.float64) for rows in (paired.output, paired.other))
        means.append(np.abs(output - driver).mean(axis=0))
        frames += len(output)
    if not means:
        return SetScore(None, 0, reasons[0] if reasons else "no cases")
    errors = np.mean(means, axis=0)
    extra: dict[str, Extra] = {f"error_{name}": float(error) for name, error in zip(NAMES[1:], errors, strict=True)}
    extra |= {
        "worst": NAMES[1:][int(errors.argmax())],
        "n_cases": float(len(means)),
        "n_cases_lost": float(len(reasons)),
    }
    return SetScore(float(errors.max()), frames, None, extra)


def e_fid(cases: Sequence[CaseFeatures]) -> SetScore:
    """Frechet distance of the 51 coefficients after "neutral"."""
    gathered = gather(cases, _FEATURE)
    if isinstance(gathered, SetScore):
        return gathered
    whole, extra = gathered
    sets = replace(whole, generated=whole.generated[:, 1:], real=whole.real[:, 1:])
    d = sets.generated.shape[1]
    fewest = min(len(sets.generated), len(sets.real))
    return frechet_of_sets(sets, extra | {"dimensions": float(d), "rank_deficient": float(fewest <= d)})


_PREPROCESSING = "MediaPipe FaceLandmarker: 478 points at 256 px, 146 of them to the blendshape net"
_BY_COEFFICIENT = MetricCard(
    id="blendshape_error[blendshapes52]",
    title="Worst coefficient",
    unit="",
    higher_is_better=False,
    level="set",
    needs=frozenset(),
    features=("mesh468", _FEATURE),
    summary="Which part of the expression is worst: the error of each blendshape coefficient to the driver's; the value"
    " is that of the worst.",
    definition='Of each of the 51 coefficients other than "neutral": mean over frames of `|b_out - b_drv|`, then over'
    " cases. The value is the greatest; `worst` names it, `error_NAME` are all.",
    value_range=(0.0, 1.0),
    preprocessing=_PREPROCESSING,
    pitfalls=(
        "A coefficient that the drivers never use has no error: read it with what the drivers do.",
        "Coefficients have unlike ranges, and neighbours trade places (a smile and a dimple).",
        "The mean over coefficients is `aed[blendshapes52]`. Not validated against people. Rank correlation with the"
        " same of rendered coefficients, any two clips of a person, 0.77.",
    ),
    source="this project, on MediaPipe's coefficients",
)
_E_FID = MetricCard(
    id="e_fid[blendshapes52]",
    title="E-FID",
    unit="",
    higher_is_better=False,
    level="set",
    needs=frozenset(),
    features=("mesh468", _FEATURE),
    summary="Frechet distance of expression coefficients of all frames: whether all expressions together are as varied"
    " as real ones. The source of the coefficients is in the brackets.",
    definition="`|m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2)` of Gaussians fitted to the 51 coefficients other"
    ' than "neutral" of all frames of outputs and of references (drivers, where a case has no reference). ' + INTERVAL,
    value_range=(0.0, None),
    preprocessing=_PREPROCESSING,
    pitfalls=(
        "Papers take coefficients of a 3D face model (mostly 64 of Deep3DFaceRecon; Hallo2 those of ER-NeRF's tracker),"
        " and some do not say which: no published E-FID compares with this one.",
        "It does not ask when an expression happens, or whose it is.",
        "Biased upwards with few frames: compare only at equal n.",
        DEPENDENT_FRAMES,
        "Not validated against people. Rank correlation with the same of rendered coefficients, any two clips of one"
        " person (25 frames each), 0.88.",
    ),
    source="E-FID of EMO (Tian et al. 2024), on MediaPipe's coefficients",
)
ENTRIES: tuple[SetMetric, ...] = (
    SetMetric(
        _BY_COEFFICIENT,
        blendshape_error,
        error_answers(on.STILL, on.FROZEN_MOUTH, on.MIRRORED, on.DELAYED, on.SHUFFLED, on.STRANGER),
    ),
    SetMetric(
        _E_FID,
        e_fid,
        (Near(on.TRUTH, 0.0, EXACT), Same(on.SHUFFLED, 0.02), Worse(on.STILL), Worse(on.STRANGER), *NO_FACE),
    ),
)
