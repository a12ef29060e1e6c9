"""Expression transfer and error from a pose-free description of the face mesh."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.expression_points import EXPRESSION_POINTS
from benchmark.metrics.frame_pairs import PairedArrays, pair_landmarks
from benchmark.metrics.frontal import frontalise
from benchmark.metrics.known_answers import error_answers, transfer_answers
from benchmark.metrics.landmark_sets import LANDMARK_SETS, MESH468, LandmarkSet
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.neutral import NEUTRAL, neutral_row, no_neutral
from benchmark.metrics.scores import CaseScore, count_reasons, mean_score, none_scored
from benchmark.metrics.unasked import FACE_DOES_NOT_MOVE

COMPONENTS = (
    "mouth_open",  # upper over lower inner lip
    "mouth_width",  # between the corners: grows in a smile, shrinks in a pucker
    "mouth_shift",  # middle of the lips to the subject's left of the nose
    "corner_height_left",  # against the base of the nose
    "corner_height_right",
    "upper_lip_height",
    "jaw_drop",  # chin to base of the nose
    "eye_aperture_left",
    "eye_aperture_right",
    "brow_inner_left",  # above the corners of the same eye
    "brow_inner_right",
    "brow_outer_left",
    "brow_outer_right",
)
"""Each is measured against a neighbour, not against the whole head: less of the detection error of a turning
head shows as expression. Lip protrusion and sideways jaw are left out: the mesh network hardly sees them."""

MIN_MOTION_IOD = 0.15
"""A driver whose mean |d|_1 is below this hardly moves its face: transfer is not defined. The network itself
makes 0.12 of still faces that yaw by up to 30 degrees, 0.14 (0.07) at up to 18 degrees of pitch (roll)."""


def describe_expression(
    landmarks_px: np.ndarray,  # [T, N, 3], NaN where missing
    landmark_set: LandmarkSet = MESH468,
) -> np.ndarray:
    """Expression descriptor, float64 [T, 13] in `COMPONENTS` order, unit: outer eye corner distance (IOD)."""
    p = frontalise(landmarks_px, landmark_set)
    at = EXPRESSION_POINTS[landmark_set.name]
    x, y = p[..., 0], p[..., 1]
    nose, (right_corner, left_corner), (upper, lower) = at.nose_base, at.mouth_corners, at.lips_inner
    left_eye, right_eye = y[:, at.left_eye_corners].mean(axis=1), y[:, at.right_eye_corners].mean(axis=1)
    return np.stack(
        [
            y[:, upper] - y[:, lower],
            _distance(p, right_corner, left_corner),
            x[:, at.lip_middle].mean(axis=1) - x[:, nose],
            y[:, left_corner] - y[:, nose],
            y[:, right_corner] - y[:, nose],
            y[:, at.upper_lip_outer] - y[:, nose],
            _distance(p, at.chin, nose),
            _aperture(y, at.left_lids),
            _aperture(y, at.right_lids),
            y[:, at.left_brow_inner].mean(axis=1) - left_eye,
            y[:, at.right_brow_inner].mean(axis=1) - right_eye,
            y[:, at.left_brow_outer].mean(axis=1) - left_eye,
            y[:, at.right_brow_outer].mean(axis=1) - right_eye,
        ],
        axis=1,
    )


def expression_residuals(
    paired: PairedArrays,
    fps: float | None,
    landmark_set: LandmarkSet = MESH468,
) -> tuple[np.ndarray, np.ndarray]:
    """(|d_out - d_drv|, |d_drv|), float64 [K, 13] each, of the usable frames, d relative to each video's neutral.

    Not relative to a neutral of the source: faces differ more between people at rest than most expressions move
    them, and that constant difference would decide.
    """
    keep = paired.usable
    output, driver = (describe_expression(one[keep], landmark_set) for one in (paired.output, paired.other))
    neutral = neutral_row(output, driver, paired.failures, fps)
    moved_output, moved_driver = output - output[neutral], driver - driver[neutral]
    return np.abs(moved_output - moved_driver), np.abs(moved_driver)


def expression_transfer(case: CaseFeatures, landmark_set: LandmarkSet = MESH468) -> CaseScore:
    """1 - sum|d_out - d_drv|_1 / sum|d_drv|_1: 1 perfect, 0 as good as an unmoved face, negative worse."""
    prepared = _prepare(case, landmark_set)
    if isinstance(prepared, CaseScore):
        return prepared
    error, motion, failures = prepared
    scored = len(error)
    if motion.sum(axis=1).mean() < MIN_MOTION_IOD:
        return none_scored(failures, FACE_DOES_NOT_MOVE)
    value = 1.0 - float(error.sum() / motion.sum())
    return CaseScore(value, len(failures), scored, count_reasons(failures))


def expression_error(case: CaseFeatures, landmark_set: LandmarkSet = MESH468) -> CaseScore:
    """Mean |d_out - d_drv| over frames and components, in outer eye corner distances."""
    prepared = _prepare(case, landmark_set)
    if isinstance(prepared, CaseScore):
        return prepared
    error, _, failures = prepared
    return mean_score(error.mean(axis=1), failures)


def transfer_by_component(case: CaseFeatures, landmark_set: LandmarkSet = MESH468) -> dict[str, float | None]:
    """Transfer of each component alone; None where the driver moves it by less than 0.01 IOD on average."""
    prepared = _prepare(case, landmark_set)
    if isinstance(prepared, CaseScore):
        return dict.fromkeys(COMPONENTS)
    error, motion, _ = prepared
    out: dict[str, float | None] = {}
    for index, name in enumerate(COMPONENTS):
        moves = motion[:, index].mean() >= 0.01
        out[name] = 1.0 - float(error[:, index].sum() / motion[:, index].sum()) if moves else None
    return out


def _prepare(
    case: CaseFeatures, landmark_set: LandmarkSet
) -> tuple[np.ndarray, np.ndarray, tuple[str | None, ...]] | CaseScore:
    """Residuals of the usable frames, or why there is none."""
    paired = pair_landmarks(case, landmark_set, against="driver")
    if isinstance(paired, CaseScore):
        return paired
    missing = no_neutral(paired.failures, case.fps)
    if missing is not None:
        return none_scored(paired.failures, missing)
    error, motion = expression_residuals(paired, case.fps, landmark_set)
    return error, motion, paired.failures


def _distance(points: np.ndarray, a: int, b: int) -> np.ndarray:
    between: np.ndarray = np.linalg.norm(points[:, a] - points[:, b], axis=-1)
    return between


def _aperture(y: np.ndarray, lids: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Height of the upper over the lower lid; signed, because landmarks of closed lids pass each other."""
    upper, lower = zip(*lids, strict=True)
    gap: np.ndarray = (y[:, upper] - y[:, lower]).mean(axis=1)
    return gap


_DETECTORS = {
    "mesh468": "468 landmarks of the followed face",
    "mesh478": "MediaPipe's 478-point mesh in a 256 px region around the followed face; the irises left out",
    "landmarks68": "insightface's 68-point 3D net (192 px) in 1.5 times the mesh's box",
}


def _entries(landmark_set: LandmarkSet) -> tuple[CaseMetric, CaseMetric]:
    name = landmark_set.name
    preprocessing = f"{_DETECTORS[name]}, head pose undone by the stable points (Umeyama 1991)"
    features = tuple(dict.fromkeys(("mesh468", name)))
    suffix = "" if landmark_set is MESH468 else f" {name}"
    return (
        CaseMetric(
            MetricCard(
                id=f"expression_transfer[{name}]",
                title=f"Expression transfer{suffix}",
                unit="",
                higher_is_better=True,
                level="case",
                needs=frozenset(),
                features=features,
                summary="1 - sum|d_out - d_drv| / sum|d_drv|: share of the driver's expression that arrives. 1 perfect,"
                " 0 copy-source, negative worse. Each video relative to its neutral in the first second.",
                definition="`1 - sum_t |d_out(t) - d_drv(t)|_1 / sum_t |d_drv(t)|_1`, `d` the 13 components of"
                f" `benchmark.metrics.expression` minus those of the same video's {NEUTRAL}. Not scored where the"
                " driver's mean `|d|_1` is under 0.15 outer eye corner distances.",
                value_range=(None, 1.0),
                preprocessing=preprocessing,
                pitfalls=(
                    "1 is out of reach between two people: the same performance on two synthetic people, detected, gets"
                    " about 0.6 for an opening jaw and 0.2 for a one-sided smile on a turning head.",
                    "A wrong expression that is there from the beginning on is not seen; drivers have to start at"
                    " rest.",
                    "Large components (jaw, mouth) weigh more than brows and lids; `transfer_by_component` has them one"
                    " by one.",
                ),
                source="this project",
            ),
            partial(expression_transfer, landmark_set=landmark_set),
            transfer_answers(on.FROZEN_MOUTH),
        ),
        CaseMetric(
            MetricCard(
                id=f"expression_error[{name}]",
                title=f"Expression error{suffix}",
                unit="eye distances",
                higher_is_better=False,
                level="case",
                needs=frozenset(),
                features=features,
                summary="Mean |d_out - d_drv| over 13 pose-free face measures, in outer eye corner distances. Rewards a"
                " still face when the driver is still: read it with expression transfer.",
                definition="Mean over frames and components of `|d_out - d_drv|`, in outer eye corner distances.",
                value_range=(0.0, None),
                preprocessing=preprocessing,
                pitfalls=("A driver that hardly moves gives a small error to a still image.",),
                source="this project",
            ),
            partial(expression_error, landmark_set=landmark_set),
            error_answers(on.STILL, on.FROZEN_MOUTH, on.MIRRORED, on.DELAYED, on.SHUFFLED),
        ),
    )


ENTRIES: tuple[CaseMetric, ...] = tuple(entry for one in LANDMARK_SETS.values() for entry in _entries(one))
