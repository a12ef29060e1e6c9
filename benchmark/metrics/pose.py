"""Head pose: absolute error in degrees, and the share of the driver's head motion that arrives."""

from __future__ import annotations

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import missing_first_frame, pair_frames
from benchmark.metrics.known_answers import error_answers, transfer_answers
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, count_reasons, mean_score, unscored

MIN_MOTION_DEG = 6.0
"""Mean |yaw| + |pitch| + |roll| of a driver against its first frame below which pose transfer is not defined:
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


def pose_residuals(
    output_px: np.ndarray,  # [T, 468, 3], finite
    driver_px: np.ndarray,  # [T, 468, 3], finite
    output_rest_px: np.ndarray,  # [468, 3] the output's first frame
    driver_rest_px: np.ndarray,  # [468, 3] the driver's first frame
) -> tuple[np.ndarray, np.ndarray]:
    """(|e_out - e_drv|, |e_drv|) in degrees, [T, 3] each, e = yaw, pitch, roll relative to the own first frame.

    The measured pitch of two people in one pose differs by up to 10 degrees, because their faces differ from the
    template; relative to the own first frame this constant cancels.
    """
    from feed_dataset.core.faces.geometry import euler_deg, head_rotation

    def moved(frames_px: np.ndarray, rest_px: np.ndarray) -> np.ndarray:
        return angle_difference_deg(euler_deg(head_rotation(frames_px)), euler_deg(head_rotation(rest_px[None])))

    driver = moved(driver_px, driver_rest_px)
    return np.abs(angle_difference_deg(moved(output_px, output_rest_px), driver)), np.abs(driver)


def pose_error_deg(case: CaseFeatures) -> CaseScore:
    """Mean geodesic angle between the head rotations of output and driver."""
    from feed_dataset.core.faces.geometry import head_rotation

    pairing = pair_frames((("driver", case.driver),), case.output)
    keep = np.flatnonzero(pairing.usable)
    if not len(keep):
        return CaseScore(None, len(pairing), 0, count_reasons(pairing.failures))
    angles = geodesic_deg(head_rotation(case.output.landmarks_px[keep]), head_rotation(case.driver.landmarks_px[keep]))
    return mean_score(angles, pairing.failures)


def pose_transfer(case: CaseFeatures) -> CaseScore:
    """1 - sum|e_out - e_drv|_1 / sum|e_drv|_1: 1 moves as the driver does, 0 as good as a still head."""
    missing = missing_first_frame(case)
    if missing is not None:
        return unscored(missing, len(case.driver))
    pairing = pair_frames((("driver", case.driver),), case.output)
    keep = np.flatnonzero(pairing.usable)
    if not len(keep):
        return CaseScore(None, len(pairing), 0, count_reasons(pairing.failures))
    error, motion = pose_residuals(
        case.output.landmarks_px[keep],
        case.driver.landmarks_px[keep],
        case.output.landmarks_px[0],
        case.driver.landmarks_px[0],
    )
    if motion.sum(axis=1).mean() < MIN_MOTION_DEG:
        reasons = count_reasons(r or "driver: head does not move" for r in pairing.failures)
        return CaseScore(None, len(pairing), 0, reasons)
    value = 1.0 - float(error.sum() / motion.sum())
    return CaseScore(value, len(pairing), len(keep), count_reasons(pairing.failures))


_PREPROCESSING = "468 landmarks; weighted similarity fit of a template face (core.faces.geometry.head_rotation)"

ENTRIES = (
    CaseMetric(
        MetricCard(
            id="pose_error_deg[mesh468]",
            title="Pose error",
            unit="deg",
            higher_is_better=False,
            level="case",
            needs=frozenset(),
            features=("mesh468",),
            summary="Mean angle between the head rotations of output and driver. Two people in one pose differ by a"
            " few degrees, because rotation is fitted to one template face.",
            definition="Mean over frames of the angle of `R_out^T R_drv`, degrees.",
            value_range=(0.0, 180.0),
            preprocessing=_PREPROCESSING,
            pitfalls=(
                "The pitch of a face depends on its shape: two people in one pose are measured 5 degrees apart on"
                " average, 10 at worst, so about 6 degrees is what a perfect cross-reenactment gets.",
            ),
            source="this project",
        ),
        pose_error_deg,
        error_answers(on.STILL, on.MIRRORED, on.DELAYED, on.SHUFFLED, tolerance=1e-3),
    ),
    CaseMetric(
        MetricCard(
            id="pose_transfer[mesh468]",
            title="Pose transfer",
            unit="",
            higher_is_better=True,
            level="case",
            needs=frozenset(),
            features=("mesh468",),
            summary="1 - sum|e_out - e_drv| / sum|e_drv| of yaw, pitch, roll relative to the own first frame: share of"
            " the driver's head motion that arrives. 1 perfect, 0 copy-source, negative worse.",
            definition="`1 - sum_t |e_out(t) - e_drv(t)|_1 / sum_t |e_drv(t)|_1`, `e` = yaw, pitch, roll minus those of"
            " the same video's first frame, wrapped to half a turn. Not scored where the driver's mean `|e|_1` is"
            " under 6 degrees.",
            value_range=(None, 1.0),
            preprocessing=_PREPROCESSING,
            pitfalls=("A constant error of pose cancels and is not seen here; `pose_error_deg` sees it.",),
            source="this project",
        ),
        pose_transfer,
        transfer_answers(),
    ),
)
