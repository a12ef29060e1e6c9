"""Gaze error: angle between the directions in which output and driver look, each against its own head.

Eyeball model, in units of the distance between the outer eye corners (about 91 mm in adults): the centre of rotation
lies 7 mm behind the middle of an eye's corners, and the pupil 10 mm from it. Seen by a distant camera, the pupil's
offset from the projected centre is that radius times the gaze direction.
"""

from __future__ import annotations

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import pair_arrays
from benchmark.metrics.known_answers import error_answers
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, mean_score
from feed_dataset.core.faces import mesh_indices as mesh

PUPIL_RADIUS_IOD = 10 / 91
CENTRE_DEPTH_IOD = 7 / 91
CLOSED_BELOW = 0.13
"""Height of the lids' opening over the width of the eye. Open eyes have 0.15 and more; closed ones reach 0.12, because
the net draws a gap between lashes."""

_MAX_SINE = 0.95  # 72 degrees: an iris found outside the eyeball says no more than "far to this side"
_EYES = (mesh.RIGHT_EYE_CORNERS, mesh.LEFT_EYE_CORNERS)
_IMAGE_TO_CAMERA = np.array([1.0, -1.0, -1.0])  # image: x right, y down, z away; camera: x right, y up, z towards it
# Of the iris net's points of an eye: the iris centre, and on the contour its two corners, lower and upper lid.
_PUPIL, _CORNERS, _LOWER, _UPPER = 0, (5, 13), slice(6, 13), slice(14, 21)


def gaze_directions(
    landmarks_px: np.ndarray,  # [T, 468, 3], NaN where missing
    irises_px: np.ndarray,  # [T, 2, 76, 3] of the iris net, right eye first
) -> np.ndarray:
    """Unit vectors float64 [T, 3] in the head's axes: x to the subject's left, y up, z to the front.

    Mean direction of the open eyes; NaN where both are closed or there is no face.
    """
    from feed_dataset.core.faces.geometry import head_rotation

    points = np.asarray(landmarks_px, np.float64) * _IMAGE_TO_CAMERA
    pupils = np.asarray(irises_px, np.float64)[:, :, _PUPIL] * _IMAGE_TO_CAMERA
    rotation = head_rotation(landmarks_px)
    iod_px = np.linalg.norm(points[:, mesh.LEFT_EYE_OUTER] - points[:, mesh.RIGHT_EYE_OUTER], axis=-1)
    middles = np.stack([points[:, list(corners)].mean(axis=1) for corners in _EYES], axis=1)  # [T, 2, 3]
    centres = middles - CENTRE_DEPTH_IOD * iod_px[:, None, None] * rotation[:, None, :, 2]
    across = (pupils - centres)[..., :2] / (PUPIL_RADIUS_IOD * iod_px[:, None, None])
    sine = np.linalg.norm(across, axis=-1, keepdims=True)
    across = across * np.minimum(1.0, _MAX_SINE / np.maximum(sine, 1e-9))
    towards = np.sqrt(1.0 - (across**2).sum(axis=-1, keepdims=True))
    seen = np.concatenate([across, towards], axis=-1)  # camera axes
    own = np.einsum("tji,tej->tei", rotation, seen)  # head axes
    use = opening(irises_px) >= CLOSED_BELOW
    total = np.where(use[..., None], own, 0.0).sum(axis=1)
    total[~use.any(axis=1)] = np.nan
    directions: np.ndarray = total / np.linalg.norm(total, axis=-1, keepdims=True)
    return directions


def opening(
    irises_px: np.ndarray,  # [T, 2, 76, 3]
) -> np.ndarray:
    """Mean height of the lids' opening over the width of the eye, [T, 2]; NaN where missing."""
    xy = np.asarray(irises_px, np.float64)[..., :2]
    first, second = xy[..., _CORNERS[0], :], xy[..., _CORNERS[1], :]
    along = second - first
    width = np.linalg.norm(along, axis=-1)
    gap = xy[..., _UPPER, :].mean(axis=-2) - xy[..., _LOWER, :].mean(axis=-2)
    height: np.ndarray = np.abs(gap[..., 0] * along[..., 1] - gap[..., 1] * along[..., 0]) / width**2
    return height


def angle_deg(
    a: np.ndarray,  # [T, 3] unit vectors
    b: np.ndarray,  # [T, 3] unit vectors
) -> np.ndarray:
    """Angle between directions, degrees [T]. Exact for small angles too (arcsine of the chord)."""
    chord = np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64), axis=-1)
    angle: np.ndarray = np.degrees(2.0 * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0)))
    return angle


def gaze_error_deg(case: CaseFeatures) -> CaseScore:
    """Mean angle between the gaze of output and driver; frames with closed eyes count as not scored."""
    paired = pair_arrays(case, "iris", against="driver", what="irises")
    if isinstance(paired, CaseScore):
        return paired
    reasons = list(paired.failures)
    keep = np.flatnonzero(paired.usable)
    driver = gaze_directions(case.driver.landmarks_px[keep], paired.other[keep])
    output = gaze_directions(case.output.landmarks_px[keep], paired.output[keep])
    for name, looks in (("driver", driver), ("output", output)):
        for frame in keep[np.isnan(looks).any(axis=1)]:
            reasons[frame] = reasons[frame] or f"{name}: eyes closed"
    seen = np.isfinite(driver).all(axis=1) & np.isfinite(output).all(axis=1)
    return mean_score(angle_deg(output[seen], driver[seen]), reasons)


ENTRIES = (
    CaseMetric(
        MetricCard(
            id="gaze_error_deg[iris]",
            title="Gaze error",
            unit="deg",
            higher_is_better=False,
            level="case",
            needs=frozenset(),
            features=("mesh468", "iris"),
            summary="Mean angle between the directions in which output and driver look, each against its own head.",
            definition="Mean over frames of the angle between gaze directions in head axes. An eye's direction: offset"
            " of the iris centre from the projected eyeball centre (7/91 of the outer eye corners' distance behind the"
            " middle of the eye's corners), over a radius of 10/91, completed to a unit vector and turned by the head"
            " rotation of `pose_error_deg`; mean of the open eyes. An eye is closed when its opening is below 0.13 of"
            " its width; frames with both eyes closed are counted as not scored.",
            value_range=(0.0, 180.0),
            preprocessing="each eye level with its corners (mesh 33/133 and 362/263), square of 2.3 times their"
            " distance, 64 px, right eyes mirrored; MediaPipe iris net",
            pitfalls=(
                "On 360 renders of 8 synthetic people (256 px crops, gaze within 25 and 15 degrees, half of them with"
                " turned heads; `scripts/validate_gaze.py`) the angle between two frames of one person has a rank"
                " correlation of 0.80 with the true one and a slope of 0.87. Yaw: rank correlation 0.97, slope 0.96,"
                " residual 4.0 degrees. Pitch: 0.76, slope only 0.35, residual 6.6: looking up or down is seen at about"
                " a third of its size.",
                "Two people who look in the same direction differ by 8 degrees, because eyes and lids differ: in"
                " cross-reenactment compare methods, not with zero.",
                "A squint of one eye is averaged away; glasses with reflections and faces below about 100 px are not"
                " reliable.",
            ),
            source="this project; network: Ablavatski et al. 2020",
        ),
        gaze_error_deg,
        error_answers(on.STILL, on.MIRRORED, on.DELAYED, on.SHUFFLED, tolerance=1e-3),
    ),
)
