"""Head pose: absolute error in degrees, and the share of the driver's head motion that arrives."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import PairedArrays, pair_landmarks
from benchmark.metrics.frontal import stable_rotation
from benchmark.metrics.known_answers import error_answers, transfer_answers
from benchmark.metrics.landmark_sets import LANDMARK_SETS, LANDMARKS68, MESH468, LandmarkSet
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.neutral import NEUTRAL, neutral_row, no_neutral
from benchmark.metrics.scores import CaseScore, count_reasons, mean_score, none_scored
from benchmark.metrics.unasked import HEAD_DOES_NOT_MOVE

MIN_MOTION_DEG = 6.0
"""Mean |yaw| + |pitch| + |roll| of a driver against its neutral below which pose transfer is not defined:
detection noise and expressions alone make a few degrees."""


def geodesic_deg(
    a: np.ndarray,  # [T, 3, 3] rotations
    b: np.ndarray,  # [T, 3, 3] rotations
) -> np.ndarray:
    """Angle of the rotation from a to b, degrees [T]. Exact for small angles too (arcsine of the chord)."""
    chord = np.linalg.norm(np.asarray(a) - np.asarray(b), axis=(-2, -1)) / np.sqrt(8.0)
    angle: np.ndarray = np.degrees(2.0 * np.arcsin(np.clip(chord, 0.0, 1.0)))
    return angle


def angle_difference_deg(
    a_deg: np.ndarray,
    b_deg: np.ndarray,
) -> np.ndarray:
    """a - b wrapped to [-180, 180)."""
    wrapped: np.ndarray = (np.asarray(a_deg) - np.asarray(b_deg) + 180.0) % 360.0 - 180.0
    return wrapped


def head_turns(
    landmarks_px: np.ndarray,  # [T, N, 3], finite
    landmark_set: LandmarkSet,
) -> np.ndarray:
    """Rotation of the head against the camera, float64 [T, 3, 3]: of a mesh by the weighted fit of the template, of
    other landmarks by the fit of their stable points onto the same head."""
    from feed_dataset.core.faces.geometry import head_rotation

    if landmark_set is not LANDMARKS68:
        return head_rotation(landmarks_px[:, : MESH468.count])
    return stable_rotation(landmarks_px, landmark_set)


def pose_residuals(
    paired: PairedArrays,
    fps: float | None,
    landmark_set: LandmarkSet = MESH468,
) -> tuple[np.ndarray, np.ndarray]:
    """(|e_out - e_drv|, |e_drv|) in degrees, [K, 3] each, of the usable frames, e = yaw, pitch, roll relative to each
    video's neutral.

    The measured pitch of two people in one pose differs by up to 10 degrees, because their faces differ from the
    template; relative to the own neutral this constant cancels.
    """
    from feed_dataset.core.faces.geometry import euler_deg

    keep = paired.usable
    output, driver = (euler_deg(head_turns(one[keep], landmark_set)) for one in (paired.output, paired.other))
    turned_output, turned_driver = (angle_difference_deg(one, one[:1]) for one in (output, driver))
    neutral = neutral_row(turned_output, turned_driver, paired.failures, fps)
    moved_output, moved_driver = (angle_difference_deg(one, one[neutral]) for one in (output, driver))
    return np.abs(angle_difference_deg(moved_output, moved_driver)), np.abs(moved_driver)


def pose_error_deg(case: CaseFeatures, landmark_set: LandmarkSet = MESH468) -> CaseScore:
    """Mean geodesic angle between the head rotations of output and driver."""
    paired = pair_landmarks(case, landmark_set, against="driver")
    if isinstance(paired, CaseScore):
        return paired
    output, driver = (head_turns(rows[paired.usable], landmark_set) for rows in (paired.output, paired.other))
    return mean_score(geodesic_deg(output, driver), paired.failures)


def pose_transfer(case: CaseFeatures, landmark_set: LandmarkSet = MESH468) -> CaseScore:
    """1 - sum|e_out - e_drv|_1 / sum|e_drv|_1: 1 moves as the driver does, 0 as good as a still head."""
    paired = pair_landmarks(case, landmark_set, against="driver")
    if isinstance(paired, CaseScore):
        return paired
    failures = paired.failures
    missing = no_neutral(failures, case.fps)
    if missing is not None:
        return none_scored(failures, missing)
    error, motion = pose_residuals(paired, case.fps, landmark_set)
    if motion.sum(axis=1).mean() < MIN_MOTION_DEG:
        return none_scored(failures, HEAD_DOES_NOT_MOVE)
    value = 1.0 - float(error.sum() / motion.sum())
    return CaseScore(value, len(failures), len(error), count_reasons(failures))


_PREPROCESSING = {
    "mesh468": "468 landmarks; weighted similarity fit of a template face (core.faces.geometry.head_rotation)",
    "mesh478": "MediaPipe's 478-point mesh (256 px), its first 468 points; the same fit",
    "landmarks68": "insightface's 68-point 3D net (192 px); similarity fit of ten stable points onto the template face",
}


def _entries(landmark_set: LandmarkSet) -> tuple[CaseMetric, CaseMetric]:
    name = landmark_set.name
    features, suffix = tuple(dict.fromkeys(("mesh468", name))), "" if landmark_set is MESH468 else f" {name}"
    return (
        CaseMetric(
            MetricCard(
                id=f"pose_error_deg[{name}]",
                title=f"Pose error{suffix}",
                unit="deg",
                higher_is_better=False,
                level="case",
                needs=frozenset(),
                features=features,
                summary="Mean angle between the head rotations of output and driver. Two people in one pose differ by a"
                " few degrees, because rotation is fitted to one template face.",
                definition="Mean over frames of the angle of `R_out^T R_drv`, degrees.",
                value_range=(0.0, 180.0),
                preprocessing=_PREPROCESSING[name],
                pitfalls=(
                    "The pitch of a face depends on its shape: two people in one pose are measured 5 degrees apart on"
                    " average, 10 at worst, so about 6 degrees is what a perfect cross-reenactment gets.",
                ),
                source="this project",
            ),
            partial(pose_error_deg, landmark_set=landmark_set),
            error_answers(on.STILL, on.MIRRORED, on.DELAYED, on.SHUFFLED, tolerance=1e-3),
        ),
        CaseMetric(
            MetricCard(
                id=f"pose_transfer[{name}]",
                title=f"Pose transfer{suffix}",
                unit="",
                higher_is_better=True,
                level="case",
                needs=frozenset(),
                features=features,
                summary="1 - sum|e_out - e_drv| / sum|e_drv| of yaw, pitch, roll relative to the neutral of"
                " the first second: share of the driver's head motion that arrives. 1 perfect, 0 copy-source, negative"
                " worse.",
                definition="`1 - sum_t |e_out(t) - e_drv(t)|_1 / sum_t |e_drv(t)|_1`, `e` = yaw, pitch, roll minus"
                f" those of the same video's {NEUTRAL}, wrapped to"
                " half a turn. Not scored where the driver's mean `|e|_1` is under 6 degrees.",
                value_range=(None, 1.0),
                preprocessing=_PREPROCESSING[name],
                pitfalls=("A constant error of pose cancels and is not seen here; `pose_error_deg` sees it.",),
                source="this project",
            ),
            partial(pose_transfer, landmark_set=landmark_set),
            transfer_answers(),
        ),
    )


ENTRIES: tuple[CaseMetric, ...] = tuple(entry for one in LANDMARK_SETS.values() for entry in _entries(one))
