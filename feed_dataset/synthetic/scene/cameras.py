"""Pinhole cameras in the OpenCV convention, and the three-camera studio that FEED was filmed in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

STUDIO_DISTANCE_DM = 11.0
STUDIO_TARGET_DM = (0.0, 0.0, 0.12)
STUDIO_VIEW_HEIGHT_DM = 3.15  # height that fills the picture at the target: head with hair, and shoulders
STUDIO_RISE = 0.04  # cameras stand slightly above the eyes: rise per unit of distance


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera: pixel = K (R X + t), with camera axes x right, y down, z forward.

    World coordinates are decimetres. Pixel coordinates are continuous: the centre of the top left pixel is
    (.5, .5).
    """

    intrinsics: np.ndarray  # float64 [3, 3] K, in pixels, no skew
    rotation: np.ndarray  # float64 [3, 3] R, world to camera
    translation: np.ndarray  # float64 [3] t, dm
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        for name, shape in (("intrinsics", (3, 3)), ("rotation", (3, 3)), ("translation", (3,))):
            value = np.array(getattr(self, name), np.float64)
            if value.shape != shape:
                raise ValueError(f"expected camera {name} of shape {shape} but got {value.shape}")
            value.flags.writeable = False
            object.__setattr__(self, name, value)
        if self.width_px < 1 or self.height_px < 1:
            raise ValueError(f"expected a picture of at least 1 x 1 px but got {self.width_px} x {self.height_px}")

    @classmethod
    def looking_at(
        cls,
        eye: np.ndarray,  # [3] dm
        target: np.ndarray,  # [3] dm
        focal_px: float,
        width_px: int,
        height_px: int,
    ) -> Camera:
        """A camera at `eye` with `target` in the middle of the picture and the world's y axis upright."""
        eye, target = np.asarray(eye, np.float64), np.asarray(target, np.float64)
        rotation = view_rotation(eye, target)
        intrinsics = [[focal_px, 0.0, width_px / 2], [0.0, focal_px, height_px / 2], [0.0, 0.0, 1.0]]
        return cls(np.array(intrinsics), rotation, -rotation @ eye, width_px, height_px)

    @property
    def eye(self) -> np.ndarray:
        """Centre of projection, float64 [3], world dm."""
        return -self.rotation.T @ self.translation

    def project(
        self,
        points: np.ndarray,  # float [..., 3] world dm
    ) -> np.ndarray:  # float64 [..., 3]: x px, y px, depth along the optical axis in dm
        """Image coordinates and depth of world points."""
        local = np.asarray(points, np.float64) @ self.rotation.T + self.translation
        image = local @ self.intrinsics.T
        return np.concatenate([image[..., :2] / image[..., 2:], local[..., 2:]], -1)

    def with_crop(self, x0_px: float, y0_px: float, side_px: float, size_px: int) -> Camera:
        """The camera whose picture is the square at (x0, y0) of this one, resampled to `size_px` x `size_px`.

        The square may reach beyond the picture: a rendered crop has no border to pad.
        """
        if side_px <= 0 or size_px < 1:
            raise ValueError(f"expected a positive crop but got side {side_px} px to {size_px} px")
        scale = size_px / side_px
        crop = np.array([[scale, 0.0, -x0_px * scale], [0.0, scale, -y0_px * scale], [0.0, 0.0, 1.0]])
        return replace(self, intrinsics=crop @ self.intrinsics, width_px=size_px, height_px=size_px)

    def resized(self, width_px: int, height_px: int) -> Camera:
        """The same view with another number of pixels; the aspect ratio may change."""
        scale = np.diag([width_px / self.width_px, height_px / self.height_px, 1.0])
        return replace(self, intrinsics=scale @ self.intrinsics, width_px=width_px, height_px=height_px)


def view_rotation(
    eye: np.ndarray,  # [3]
    target: np.ndarray,  # [3]
) -> np.ndarray:  # float64 [3, 3] world to camera (x right, y down, z forward)
    """Rotation of an upright camera at `eye` that looks at `target`.

    Raises:
        ValueError: the view is vertical, where "upright" means nothing.
    """
    forward = np.asarray(target, np.float64) - np.asarray(eye, np.float64)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    length = np.linalg.norm(right)
    if length < 1e-9:
        raise ValueError(f"expected a view that is not vertical but got eye {eye} and target {target}")
    right /= length
    return np.stack([right, np.cross(forward, right), forward])


def studio_cameras(width_px: int, height_px: int, azimuth_deg: float = 35.0) -> dict[str, Camera]:
    """The studio's cameras "C", "L", "R": frontal and `azimuth_deg` to either side, equally far.

    "L" stands on the subject's left (+x) and sees the left cheek. FEED publishes only the names "left camera"
    and "right camera", neither angle nor side, so this is a stand-in.
    """
    focal_px = height_px * STUDIO_DISTANCE_DM / STUDIO_VIEW_HEIGHT_DM
    target = np.array(STUDIO_TARGET_DM)
    cameras = {}
    for name, degrees in (("C", 0.0), ("L", azimuth_deg), ("R", -azimuth_deg)):
        azimuth = np.radians(degrees)
        direction = np.array([np.sin(azimuth), STUDIO_RISE, np.cos(azimuth)])
        eye = target + STUDIO_DISTANCE_DM * direction
        cameras[name] = Camera.looking_at(eye, target, focal_px, width_px, height_px)
    return cameras
