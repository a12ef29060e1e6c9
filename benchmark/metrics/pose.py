"""Head pose: absolute error in degrees, and how much of the way from source to driver was covered."""

from __future__ import annotations

import numpy as np

from benchmark.metrics.features import CaseFeatures
from benchmark.metrics.scores import CaseScore, count_reasons, mean_score, pair_frames, unscored

MIN_GAP_DEG = 10.0
"""Mean |yaw| + |pitch| + |roll| between source and driver below which pose transfer is not defined. The pitch
of two people in one pose is measured up to 10 degrees apart, because their faces differ from the template."""


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
    source_px: np.ndarray,  # [468, 3]
) -> tuple[np.ndarray, np.ndarray]:
    """(|e_out - e_drv|, |e_src - e_drv|) in degrees, [T, 3] each, e = yaw, pitch, roll against the camera."""
    from feed_dataset.faces.geometry import euler_deg, head_rotation

    output, driver = euler_deg(head_rotation(output_px)), euler_deg(head_rotation(driver_px))
    source = euler_deg(head_rotation(source_px[None]))
    return np.abs(angle_difference_deg(output, driver)), np.abs(angle_difference_deg(source, driver))


def pose_error_deg(case: CaseFeatures) -> CaseScore:
    """Mean geodesic angle between the head rotations of output and driver."""
    from feed_dataset.faces.geometry import head_rotation

    pairing = pair_frames((("driver", case.driver),), case.output)
    keep = np.flatnonzero(pairing.usable)
    if not len(keep):
        return CaseScore(None, len(pairing), 0, count_reasons(pairing.failures))
    angles = geodesic_deg(
        head_rotation(case.output.landmarks_px[keep]), head_rotation(case.driver.landmarks_px[keep])
    )
    return mean_score(angles, pairing.failures)


def pose_transfer(case: CaseFeatures) -> CaseScore:
    """1 - sum|e_out - e_drv|_1 / sum|e_src - e_drv|_1: 1 in the driver's pose, 0 still in the source's."""
    if len(case.source) == 0 or not case.source.valid[0]:
        why = case.source.why_not(0) if len(case.source) else "no frames"
        return unscored(f"source: {why}", len(case.driver))
    pairing = pair_frames((("driver", case.driver),), case.output)
    keep = np.flatnonzero(pairing.usable)
    if not len(keep):
        return CaseScore(None, len(pairing), 0, count_reasons(pairing.failures))
    error, gap = pose_residuals(
        case.output.landmarks_px[keep], case.driver.landmarks_px[keep], case.source.landmarks_px[0]
    )
    if gap.sum(axis=1).mean() < MIN_GAP_DEG:
        reasons = count_reasons(r or "driver: stays in the source's pose" for r in pairing.failures)
        return CaseScore(None, len(pairing), 0, reasons)
    value = 1.0 - float(error.sum() / gap.sum())
    return CaseScore(value, len(pairing), len(keep), count_reasons(pairing.failures))
