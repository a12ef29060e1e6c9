"""How much of a true motion of landmarks arrives: as a whole, without the head's motion, and of its rotation alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.metrics.pose import geodesic_deg
from feed_dataset.core.faces import mesh_indices
from feed_dataset.synthetic.scene.cameras import Camera
from scripts.validation.geometry_flow import Tracked, follow, structure
from scripts.validation.geometry_truth import Truth

CONFIRMED_IOD = 0.05  # how far from its start the flow back may lead
LEAST_SHARE = 0.5  # of the landmarks that a frame must have confirmed, or it counts as having none; likewise a case
LEAST_POINTS = 20  # the same, as a number
LEAST_MOTION_IOD, LEAST_EXPRESSION_IOD, LEAST_TURN_DEG = 0.02, 0.015, 2.0
"""Mean of the true motion over frames and landmarks below which a transfer is not defined: what flow gets wrong in an
exact render is about half of these. They and the settings of the flow were chosen on exact renders of four cases."""
_KEPT = 0.5  # share of the landmarks, those with most structure: smooth skin has no flow of its own


@dataclass(frozen=True)
class Scores:
    """Of one case; None where the driver does not move enough, or too little was confirmed."""

    geometry: float | None
    expression: float | None
    pose: float | None
    confirmed: float  # share of the landmarks that should be seen; none of a frame that is left out


@dataclass(frozen=True, eq=False)
class Motion:
    """Landmarks moved away from where they truly are in the first frame.

    Args:
        points_px: float64 [T, N, 2]; the first frame is the truth's.
        used: bool [T, N]: seen in the source and in the truth, and confirmed in this frame and in the first; none of a
            frame with too few of them.
        expected: bool [T, N]: the same without "confirmed".
    """

    points_px: np.ndarray
    used: np.ndarray
    expected: np.ndarray


def chosen_points(source: np.ndarray, at_px: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """bool [N]: the visible landmarks of a source image that flow can follow; decided once for all methods."""
    strength = structure(source, at_px)
    chosen: np.ndarray = visible & (strength >= np.quantile(strength[visible], 1 - _KEPT))
    return chosen


def motion_of(tracked: Tracked, truth: Truth, chosen: np.ndarray) -> Motion:
    """Measured motion away from the first output frame, laid onto the true first frame."""
    expected = truth.visible & truth.visible[:1] & chosen
    expected[0] = False  # nothing is measured there
    moved = tracked.points_px - tracked.points_px[:1]
    used = expected & tracked.confirmed & tracked.confirmed[:1]
    used[used.sum(axis=1) < np.maximum(LEAST_SHARE * expected.sum(axis=1), LEAST_POINTS)] = False
    return Motion(truth.points_px[:1] + moved, used, expected)


def scores(
    source: np.ndarray,  # uint8 [S, S, 3]
    frames: np.ndarray,  # uint8 [T, S, S, 3]
    at_px: np.ndarray,  # float64 [N, 2], landmarks of the source image
    chosen: np.ndarray,  # bool [N]
    truth: Truth,
) -> Scores:
    """Judge the frames that a method made of a source image."""
    if len(frames) != len(truth.points_px):
        raise ValueError(f"expected {len(truth.points_px)} frames but got {len(frames)}")
    unit_px = outer_eyes_px(at_px)
    motion = motion_of(follow(source, frames, at_px, CONFIRMED_IOD * unit_px), truth, chosen)
    share = float(motion.used.sum() / motion.expected.sum())
    if share < LEAST_SHARE:
        return Scores(None, None, None, share)
    return Scores(*transfers(motion, truth, unit_px), share)


def transfers(motion: Motion, truth: Truth, unit_px: float) -> tuple[float | None, float | None, float | None]:
    """(geometry, expression, pose); 1 is the truth, 0 a still picture."""
    used, rest = motion.used, truth.points_px[:1]
    whole = transfer(motion.points_px - rest, truth.points_px - rest, used, LEAST_MOTION_IOD * unit_px)
    out, true = (Rigid.fitted(points, used, truth) for points in (motion.points_px, truth.points_px))
    face = transfer(
        out.remainder(motion.points_px), true.remainder(truth.points_px), used, LEAST_EXPRESSION_IOD * unit_px
    )
    scored = used.any(axis=1)
    turned = (truth.turn @ truth.turn[0].T)[scored]
    still = np.broadcast_to(np.eye(3), turned.shape)
    error, motion_deg = geodesic_deg(out.rotation[scored], turned), geodesic_deg(still, turned)
    pose = None if motion_deg.mean() < LEAST_TURN_DEG else 1.0 - float(error.sum() / motion_deg.sum())
    return whole, face, pose


def transfer(
    moved: np.ndarray,  # [T, N, 2]
    should: np.ndarray,  # [T, N, 2]
    used: np.ndarray,  # bool [T, N]
    least: float,
) -> float | None:
    """1 - sum |moved - should| / sum |should| over what is used; None where that moves less than `least` on average."""
    error, motion = (np.linalg.norm(one, axis=2)[used] for one in (moved - should, should))
    return None if motion.mean() < least else 1.0 - float(error.sum() / motion.sum())


def outer_eyes_px(at_px: np.ndarray) -> float:
    """Distance of the outer corners of the eyes."""
    return float(np.linalg.norm(at_px[mesh_indices.LEFT_EYE_OUTER] - at_px[mesh_indices.RIGHT_EYE_OUTER]))


@dataclass(frozen=True, eq=False)
class Rigid:
    """The motion of the true first shape as a stiff body that explains points best.

    Args:
        points_px: float64 [T, N, 2], where the stiff body's landmarks are.
        rotation: float64 [T, 3, 3], world axes, against the first frame.
        roll_rad: float64 [T], its part in the picture plane, x right and y down.
    """

    points_px: np.ndarray
    rotation: np.ndarray
    roll_rad: np.ndarray

    @classmethod
    def fitted(cls, points_px: np.ndarray, used: np.ndarray, truth: Truth) -> Rigid:
        """Frame by frame; landmarks count as in `head_rotation`, most where expressions move the face least.

        Frames in which none is used stay as the first.
        """
        from feed_dataset.core.faces.geometry import template

        weights = template()[1]
        shape, places, rotations = truth.world_dm[0], [truth.points_px[0]], [np.eye(3)]
        for points, keep in zip(points_px[1:], used[1:], strict=True):
            rotation, moved = np.eye(3), shape
            if keep.any():
                rotation, moved = fit_rigid(shape, points, weights * keep, truth.camera)
            rotations.append(rotation)
            places.append(truth.camera.project(moved)[:, :2] - 0.5)
        turned = truth.camera.rotation @ np.stack(rotations) @ truth.camera.rotation.T
        roll = np.arctan2(turned[:, 1, 0] - turned[:, 0, 1], turned[:, 0, 0] + turned[:, 1, 1])
        return cls(np.stack(places), np.stack(rotations), roll)

    def remainder(self, points_px: np.ndarray) -> np.ndarray:
        """What of the points the stiff body does not explain, along the picture axes of the first frame."""
        cos, sin = np.cos(self.roll_rad)[:, None], np.sin(self.roll_rad)[:, None]
        x, y = np.moveaxis(points_px - self.points_px, -1, 0)
        return np.stack([cos * x + sin * y, cos * y - sin * x], axis=-1)


def fit_rigid(
    shape_dm: np.ndarray,  # [N, 3]
    points_px: np.ndarray,  # [N, 2]; whole numbers are pixel centres
    weights: np.ndarray,  # [N]; points of weight 0 may be anywhere
    camera: Camera,
) -> tuple[np.ndarray, np.ndarray]:
    """(rotation [3, 3], the moved shape [N, 3]) whose picture is nearest to the points, weighted least squares."""
    from scipy.optimize import least_squares
    from scipy.spatial.transform import Rotation

    keep = weights > 0
    if keep.sum() < 6:
        raise ValueError(f"expected at least 6 points for a rotation but got {int(keep.sum())}")
    centre, root = shape_dm[keep].mean(axis=0), np.sqrt(weights[keep] / weights[keep].sum())[:, None]

    def placed(parameters: np.ndarray, shape: np.ndarray) -> np.ndarray:
        moved: np.ndarray = Rotation.from_rotvec(parameters[:3]).apply(shape - centre) + centre + parameters[3:]
        return moved

    def off(parameters: np.ndarray) -> np.ndarray:
        picture = camera.project(placed(parameters, shape_dm[keep]))[:, :2] - 0.5
        return np.asarray(root * (picture - points_px[keep])).ravel()

    best = least_squares(off, np.zeros(6), method="lm", x_scale=(0.1, 0.1, 0.1, 0.1, 0.1, 1.0)).x
    return Rotation.from_rotvec(best[:3]).as_matrix(), placed(best, shape_dm)
