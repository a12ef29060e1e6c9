"""Winks: one eye closes, the other does not."""

from __future__ import annotations

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.card import MetricCard
from benchmark.metrics.episodes import agreement, hysteresis
from benchmark.metrics.expression_features import BLENDSHAPES52, paired_motion
from benchmark.metrics.known_answers import EXACT, NO_FACE, Between, Near, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.neutral import NEUTRAL
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored

ON, OFF = 0.25, 0.15
"""Difference of the eyes' closures. The network couples the eyes: a full wink of synthetic people is read as 0.37 to
0.55, a half one as 0.17 to 0.41; neutral, blinking and expressive faces as at most 0.13."""

TOLERANCE_FRAMES = 1
DOES_NOT_WINK = "driver: does not wink"


def closure_difference(
    coefficients: np.ndarray,  # [T, 52]
) -> np.ndarray:
    """How much more the subject's left eye is closed than the right, float64 [T, 1]."""
    values = np.asarray(coefficients, np.float64)
    left, right = (values[:, NAMES.index(f"eyeBlink{side}")] for side in ("Left", "Right"))
    return (left - right)[:, None]


def wink_states(
    difference: np.ndarray,  # float [T] left minus right closure, relative to the own neutral; NaN where unknown
) -> np.ndarray:
    """1 where the subject's left eye winks, -1 where the right one does, else 0; int64 [T]."""
    left, right = hysteresis(difference, ON, OFF), hysteresis(-np.asarray(difference), ON, OFF)
    return left.astype(np.int64) - right.astype(np.int64)


def wink_f1(case: CaseFeatures) -> CaseScore:
    """F1 of the frames in which the driver and the output wink, with the same eye."""
    prepared = paired_motion(BLENDSHAPES52, case, closure_difference)
    if isinstance(prepared, CaseScore):
        return prepared
    failures = prepared.failures
    output, driver = (_in_place(one, failures) for one in (prepared.output, prepared.driver))
    driver_winks = wink_states(driver)
    if not driver_winks.any():
        return none_scored(failures, DOES_NOT_WINK)
    value = agreement(wink_states(output), driver_winks, TOLERANCE_FRAMES).f1
    return CaseScore(value, len(failures), len(prepared.output), count_reasons(failures))


def _in_place(usable: np.ndarray, failures: tuple[str | None, ...]) -> np.ndarray:
    """Usable rows [K, 1] back at their frames, float64 [T]; NaN elsewhere."""
    out = np.full(len(failures), np.nan)
    out[[reason is None for reason in failures]] = usable[:, 0]
    return out


ENTRIES = (
    CaseMetric(
        MetricCard(
            id="wink_f1[blendshapes52]",
            title="Winks",
            unit="",
            higher_is_better=True,
            level="case",
            needs=frozenset(),
            features=("mesh468", "blendshapes"),
            summary="Does the output wink when the driver does, with the same eye? F1 of frames: 1 always and only"
            " then, 0 never or with the other eye. Not scored where the driver does not wink.",
            definition=f"`w(t)` = eyeBlinkLeft - eyeBlinkRight minus that of the same video's {NEUTRAL}. A wink"
            f" begins at `|w| >= {ON:g}` and lasts while `|w| >= {OFF:g}`; the sign is the eye. Precision: share of the"
            f" output's wink frames with the driver's same wink within {TOLERANCE_FRAMES} frame; recall the other way"
            " round; the value is `2 P R / (P + R)`.",
            value_range=(0.0, 1.0),
            preprocessing="256 px region around the 468 landmarks of the followed face, eyes level",
            pitfalls=(
                "Rank correlation of `w` with the true difference of closures on synthetic people, rendered and"
                " detected: 0.91 (six people that nothing was chosen on: 0.92). Closures of three quarters and more are"
                " seen in 98 % of frames, blinks and other faces taken for winks in none; less than half a wink is not"
                " counted.",
                "The 192 px mesh sees a tenth of a wink and cannot score this.",
                "Says nothing where the driver does not wink: an output that winks there is not punished here.",
            ),
            source="this project",
        ),
        wink_f1,
        (
            Near(on.TRUTH, 1.0, EXACT),
            Near(on.STILL, 0.0, EXACT),
            Between(on.MIRRORED, 0.0, 0.2),
            Worse(on.DELAYED),
            Worse(on.SHUFFLED),
            *NO_FACE,
        ),
    ),
)
