"""Flicker and jitter, also of heads that move: what changes from frame to frame besides what the driver does."""

from __future__ import annotations

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import pair_arrays, pair_landmarks, rows_of_output
from benchmark.metrics.known_answers import EXACT, NO_FACE, Near, Worse, error_answers
from benchmark.metrics.landmark_sets import MESH468
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, count_reasons, mean_score, unscored

_DIFFERENCE, _WARPING_ERROR = 0, 1  # columns of "face-steps"
_THOUSANDTHS = 1e3
_PERCENT = 100.0
_BEFORE = "face in the frame before"


def temporal_error(case: CaseFeatures) -> CaseScore:
    """Mean difference between what changes in the output's face and in the driver's, from frame to frame."""
    paired = pair_arrays(case, "face-steps", against="driver", what=_BEFORE)
    if isinstance(paired, CaseScore):
        return paired
    later = paired.usable[1:]  # the first frame has none before it
    output, driver = (rows[1:][later, _DIFFERENCE].astype(np.float64) for rows in (paired.output, paired.other))
    return mean_score(np.abs(output - driver), paired.failures[1:])


def warping_error(case: CaseFeatures) -> CaseScore:
    """Mean squared difference of neighbouring faces along the flow between them, in thousandths."""
    found = rows_of_output(case, "face-steps", what=_BEFORE, first=1)
    if isinstance(found, CaseScore):
        return found
    rows, failures = found
    return mean_score(_THOUSANDTHS * rows[:, _WARPING_ERROR].astype(np.float64), failures)


def tlp(case: CaseFeatures) -> CaseScore:
    """Mean difference of LPIPS between neighbours of the output and of the reference, in thousandths."""
    if case.reference is None:
        return unscored("no reference", len(case.driver))
    expected = len(case.reference)
    output, reference = (video.array("lpips-steps[alex]") for video in (case.output, case.reference))
    if output is None or reference is None:
        return unscored(f"{'output' if output is None else 'reference'}: LPIPS not computed", expected)
    if len(output) > expected:
        return unscored(f"output has more frames ({len(output)}) than reference ({expected})", expected)
    apart = np.abs(output[1:, 0].astype(np.float64) - reference[1 : len(output), 0])
    return mean_score(_THOUSANDTHS * apart, [None] * len(apart) + ["output: frame missing"] * (expected - len(output)))


def accelerations(
    landmarks_px: np.ndarray,  # [T, >= 468, 2 or 3]
) -> np.ndarray:
    """Mean length of the second difference in time of the points in the picture, in outer eye corner distances,
    [T - 2]; NaN where one of three frames is missing."""
    points = np.asarray(landmarks_px, np.float64)[:, : MESH468.count, :2]
    right, left = MESH468.eye_corners
    eyes_px = np.linalg.norm(points[:, left] - points[:, right], axis=-1)
    second = points[2:] - 2 * points[1:-1] + points[:-2]
    lengths: np.ndarray = np.linalg.norm(second, axis=-1).mean(axis=1) / eyes_px[1:-1]
    return lengths


def jitter_error(case: CaseFeatures) -> CaseScore:
    """Difference of the mean acceleration of the output's points and the driver's, percent of an eye distance."""
    paired = pair_landmarks(case, MESH468, against="driver")
    if isinstance(paired, CaseScore):
        return paired
    reasons = paired.failures
    if len(reasons) < 3:
        return unscored("fewer than three frames", len(reasons))
    failures = [a or b or c for a, b, c in zip(reasons, reasons[1:], reasons[2:], strict=False)]
    usable = [failure is None for failure in failures]
    if not any(usable):
        return CaseScore(None, len(failures), 0, count_reasons(failures))
    output, driver = (accelerations(points)[usable].mean() for points in (paired.output, paired.other))
    return CaseScore(_PERCENT * abs(float(output - driver)), len(failures), sum(usable), count_reasons(failures))


_VALIDATED = (
    "Not validated against people. Its order on clips with planted flicker and jitter, of still and of turning heads,"
    " is at the top of its page."
)
_FOLLOWED = (
    "Each face is brought to the same place and size (128 px) by the least-squares similarity of 25 points that"
    " expressions hardly move; only pixels inside the outline of a neutral face count."
)


def _card(metric_id: str, title: str, unit: str, **more: object) -> MetricCard:
    given: dict[str, object] = {
        "higher_is_better": False,
        "level": "case",
        "needs": frozenset(),
        "features": ("mesh468", "face-steps"),
        "value_range": (0.0, None),
        "preprocessing": _FOLLOWED,
        **more,
    }
    return MetricCard(id=metric_id, title=title, unit=unit, **given)  # type: ignore[arg-type]


_TEMPORAL_ERROR = _card(
    "temporal_error",
    "Temporal error",
    "grey levels",
    summary="How differently the face changes from frame to frame than the driver's, after following the head:"
    " by flicker, by swimming texture, by a face that is too still.",
    definition="`d(t)`: mean absolute difference of RGB (0 to 255) of the followed face in frames t and t - 1. The"
    " value is the mean over t of `|d_out(t) - d_drv(t)|`.",
    pitfalls=(
        "It compares how much changes, not what: other changes of the same size count as none.",
        "The noise of the landmarks moves the followed face a little; both sides have it.",
        _VALIDATED,
    ),
    source="temporal flicker (VBench, Huang et al. 2024), which holds on static clips only, on a followed face",
)
_WARPING_ERROR_CARD = _card(
    "warping_error[dis]",
    "Warping error",
    "thousandths",
    summary="What changes from frame to frame in the followed face besides motion: squared difference along optical"
    " flow. A frozen video gets 0: read it beside the ground truth's.",
    definition="Flow between the followed faces of frames t and t - 1, both ways; frame t is brought back along it."
    " 1,000 times the mean squared difference of RGB in [0, 1], over pixels that both flows see"
    " (`|f + b|^2 <= 0.01 (|f|^2 + |b|^2) + 0.5` px^2); mean over t.",
    preprocessing=f"{_FOLLOWED} Dense inverse search flow (OpenCV, preset medium).",
    pitfalls=(
        "Blur and a frozen face are cheap.",
        "The flow is of the output itself, so that no reference is needed; papers mostly use a network (RAFT,"
        " FlowNet2), whole frames, and the flow of the input video: do not compare with theirs. DIS needs no weights"
        " and gives the same flow everywhere; its preset medium halves the error that the faster ones leave on faces"
        " that turn.",
        _VALIDATED,
    ),
    source="warping error of Lai et al. 2018; flow of Kroeger et al. 2016; occlusion of Sundaram et al. 2010",
)
_TLP = _card(
    "tlp[alex]",
    "tLP",
    "thousandths",
    needs=frozenset({"reference"}),
    features=("lpips-steps[alex]",),
    summary="Difference of LPIPS between neighbouring frames of the output and of the reference: whether it changes as"
    " much as it should.",
    definition="1,000 times the mean over t of `|LPIPS(out_t, out_{t-1}) - LPIPS(ref_t, ref_{t-1})|`, LPIPS 0.1 on"
    " AlexNet.",
    preprocessing="As `lpips[alex]`: whole frames, no resize.",
    pitfalls=(
        "Whole frames: a background that flickers counts as the face does.",
        "It compares how much changes, not what.",
        "Not validated against people, nor on planted flicker: AlexNet's weights were not at hand.",
    ),
    source="tLP of TecoGAN (Chu et al. 2020)",
)
_JITTER = _card(
    "jitter_error[mesh468]",
    "Jitter error",
    "% of eye distance",
    features=("mesh468",),
    summary="How much more (or less) the points of the face shake than the driver's.",
    definition="`a(t)`: mean over 468 points of `|x(t+1) - 2 x(t) + x(t-1)|` in the picture, over the distance of the"
    " outer eye corners in frame t. The value is 100 times the absolute difference of the means of `a` of output and"
    " driver, over the frames that both have.",
    preprocessing="468 landmarks of the followed face",
    pitfalls=(
        "Per frame, not per second: compare clips of one frame rate.",
        "A face that is too smooth counts as one that shakes: the sign is left out.",
        "Half a pixel is about what the landmarks themselves are off by, and both sides have that.",
        _VALIDATED,
    ),
    source="this project",
)
_SEEN = (on.STILL, on.DELAYED, on.SHUFFLED)
ENTRIES: tuple[CaseMetric, ...] = (
    CaseMetric(_TEMPORAL_ERROR, temporal_error, error_answers(on.BLURRED, *_SEEN, tolerance=1e-3)),
    CaseMetric(_WARPING_ERROR_CARD, warping_error, (Near(on.STILL, 0.0, EXACT), Worse(on.SHUFFLED), *NO_FACE)),
    CaseMetric(
        _TLP,
        tlp,
        (Near(on.TRUTH, 0.0, EXACT), *(Worse(one) for one in (on.BLURRED, *_SEEN, on.STRANGER, on.BLACK))),
    ),
    CaseMetric(_JITTER, jitter_error, error_answers(on.STILL, on.SHUFFLED, tolerance=1e-3)),
)
