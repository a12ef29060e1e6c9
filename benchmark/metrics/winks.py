"""Winks: one eye closes, the other does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.card import MetricCard
from benchmark.metrics.episodes import agreement, hysteresis
from benchmark.metrics.expression import COMPONENTS, describe_expression
from benchmark.metrics.expression_features import (
    BLENDSHAPES52,
    MESH478,
    ExpressionFeature,
    PairedMotion,
    paired_motion,
)
from benchmark.metrics.known_answers import EXACT, NO_FACE, Between, Near, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.neutral import NEUTRAL
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored
from benchmark.metrics.unasked import DOES_NOT_WINK

ON, OFF = 0.25, 0.15
"""Difference of the eyes' closures. The network couples the eyes: a full wink of synthetic people is read as 0.37 to
0.55, a half one as 0.17 to 0.41; neutral, blinking and expressive faces as at most 0.13."""

ON_IOD, OFF_IOD = 0.03, 0.02
"""Difference of the lids' openings, in eye distances. Of feed-mini's eight people winks of three quarters and more are
read as 0.023 to 0.058, half ones as 0.023 to 0.055, quarters as at most 0.027; neutral, blinking and expressive faces
as at most 0.018, turning heads as at most 0.020, one-sided smiles as at most 0.027."""

TOLERANCE_FRAMES = 1


def closure_difference(
    coefficients: np.ndarray,  # [T, 52]
) -> np.ndarray:
    """How much more the subject's left eye is closed than the right, float64 [T, 1]."""
    values = np.asarray(coefficients, np.float64)
    left, right = (values[:, NAMES.index(f"eyeBlink{side}")] for side in ("Left", "Right"))
    return (left - right)[:, None]


def opening_difference(
    landmarks_px: np.ndarray,  # [T, >= 468, 3]
) -> np.ndarray:
    """How much wider the lids of the subject's right eye are apart than the left one's, in IOD, float64 [T, 1].

    Positive where the left eye is the closed one, as `closure_difference` is.
    """
    described = describe_expression(np.asarray(landmarks_px)[:, :468])
    left, right = (described[:, COMPONENTS.index(f"eye_aperture_{side}")] for side in ("left", "right"))
    return np.asarray(right - left)[:, None]


def wink_states(
    difference: np.ndarray,  # float [T] how much more the left eye is closed, relative to the neutral; NaN: unknown
    on: float,
    off: float,
) -> np.ndarray:
    """1 where the subject's left eye winks, -1 where the right one does, else 0; int64 [T]."""
    left, right = hysteresis(difference, on, off), hysteresis(-np.asarray(difference), on, off)
    return left.astype(np.int64) - right.astype(np.int64)


def wink_f1_of_coefficients(case: CaseFeatures) -> CaseScore:
    """F1 of the frames in which the driver and the output wink, with the same eye, by their closures."""
    return _wink_f1(paired_motion(BLENDSHAPES52, case, closure_difference), ON, OFF)


def wink_f1_of_lids(case: CaseFeatures) -> CaseScore:
    """The same by the openings of their lids."""
    return _wink_f1(paired_motion(MESH478, case, opening_difference), ON_IOD, OFF_IOD)


def _wink_f1(prepared: PairedMotion | CaseScore, on: float, off: float) -> CaseScore:
    if isinstance(prepared, CaseScore):
        return prepared
    failures = prepared.failures
    output, driver = (_in_place(one, failures) for one in (prepared.output, prepared.driver))
    driver_winks = wink_states(driver, on, off)
    if not driver_winks.any():
        return none_scored(failures, DOES_NOT_WINK)
    value = agreement(wink_states(output, on, off), driver_winks, TOLERANCE_FRAMES).f1
    return CaseScore(value, len(failures), len(prepared.output), count_reasons(failures))


def _in_place(usable: np.ndarray, failures: tuple[str | None, ...]) -> np.ndarray:
    """Usable rows [K, 1] back at their frames, float64 [T]; NaN elsewhere."""
    out = np.full(len(failures), np.nan)
    out[[reason is None for reason in failures]] = usable[:, 0]
    return out


_ANSWERS = (
    Near(on.TRUTH, 1.0, EXACT),
    Near(on.STILL, 0.0, EXACT),
    Between(on.MIRRORED, 0.0, 0.2),
    Worse(on.DELAYED),
    Worse(on.SHUFFLED),
    *NO_FACE,
)
_SILENT = "Says nothing where the driver does not wink: an output that winks there is not punished here."
_REGION = "256 px region around the 468 landmarks of the followed face, eyes level"


def _card(
    feature: ExpressionFeature, measured: str, thresholds: tuple[float, float], preprocessing: str, seen: Sequence[str]
) -> MetricCard:
    begins, lasts = thresholds
    return MetricCard(
        id=f"wink_f1[{feature.network}]",
        title="Winks",
        unit="",
        higher_is_better=True,
        level="case",
        needs=frozenset(),
        features=("mesh468", feature.extractor),
        summary="Does the output wink when the driver does, with the same eye? F1 of frames: 1 always and only"
        " then, 0 never or with the other eye. Not scored where the driver does not wink.",
        definition=f"`w(t)` = {measured} minus that of the same video's {NEUTRAL}. A wink begins at `|w| >= {begins:g}`"
        f" and lasts while `|w| >= {lasts:g}`; the sign is the eye. Precision: share of the output's wink frames with"
        f" the driver's same wink within {TOLERANCE_FRAMES} frame; recall the other way round; the value is"
        " `2 P R / (P + R)`.",
        value_range=(0.0, 1.0),
        preprocessing=preprocessing,
        pitfalls=(*seen, _SILENT),
        source="this project",
    )


# Printed by scripts/validate_expression.py: feed-mini's eight people (R901 to R906 in brackets).
def _seen(order: str, full: str, half: str) -> str:
    return (
        "Rank correlation of `w` with the true difference of closures on synthetic people, rendered and detected:"
        f" {order}, in brackets of six people that nothing was chosen on. Seen are closures of three quarters and"
        f" more in {full} of frames, half ones in {half}, quarters never; blinks and other faces are taken for winks in"
        " none (none; scripts/validate_expression.py)."
    )


# Printed by scripts/validate_winks.py: feed-mini-cast.
def _turned(full: str, full_turned: str, other: str, other_turned: str) -> str:
    return (
        "Heads that turn cost some: in takes of twenty people that are no part of the above, it saw a full wink in"
        f" {full} frames, {full_turned} where the head was turned by 15 degrees and more; it took other faces for winks"
        f" in {other} frames, {other_turned} of turned heads (python -m scripts.validate_winks)."
    )


ENTRIES = (
    CaseMetric(
        _card(
            BLENDSHAPES52,
            "eyeBlinkLeft - eyeBlinkRight",
            (ON, OFF),
            _REGION,
            (
                _seen("0.91 (0.92)", "97 % (100 %)", "81 % (75 %)"),
                _turned("86 % of 56", "79 % of 33", "1.5 % of 336", "7.5 % of 40"),
                "The 192 px mesh sees a tenth of a wink and cannot score this.",
            ),
        ),
        wink_f1_of_coefficients,
        _ANSWERS,
    ),
    CaseMetric(
        _card(
            MESH478,
            "opening of the right lids - opening of the left lids, in outer eye corner distances,",
            (ON_IOD, OFF_IOD),
            f"{_REGION}; head pose undone",
            (
                _seen("0.92 (0.92)", "97 % (100 %)", "88 % (92 %)"),
                _turned("84 % of 56", "73 % of 33", "0.3 % of 336", "2.5 % of 40"),
                "Of one family with `wink_f1[blendshapes52]`, whose coefficients are made from the points of this mesh:"
                " no opinion from outside.",
            ),
        ),
        wink_f1_of_lids,
        _ANSWERS,
    ),
)
