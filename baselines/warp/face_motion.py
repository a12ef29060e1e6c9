"""Where the landmarks of a source go when a driver moves: its head turned, its face changed, in three dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feed_dataset.core.faces.geometry import head_rotation, template

_TO_Y_UP = np.array([1.0, -1.0, -1.0])
"""Pixels (x right, y down, z away) to camera axes (x right, y up, z to the viewer), and back."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A face apart from where its head is.

    Args:
        shape: float64 [..., 468, 3], in the head's axes and the template's dm.
        rotation: float64 [..., 3, 3], head to camera.
        scale_px: float64 [...], pixels per dm.
        centre_px: float64 [..., 3], of the stable points; y up.
    """

    shape: np.ndarray
    rotation: np.ndarray
    scale_px: np.ndarray
    centre_px: np.ndarray


def placed(
    landmarks_px: np.ndarray,  # float [..., 468, 3], finite
) -> Placed:
    """Weighted similarity fit of the template face; what it leaves is identity and expression."""
    points = np.asarray(landmarks_px, np.float64) * _TO_Y_UP
    canonical, weights = template()
    share = (weights / weights.sum())[:, None]
    centre = (share * points).sum(axis=-2)
    spread = np.sqrt((share[:, 0] * ((points - centre[..., None, :]) ** 2).sum(axis=-1)).sum(axis=-1))
    middle = (share * canonical).sum(axis=0)
    unit = np.sqrt((share[:, 0] * ((canonical - middle) ** 2).sum(axis=-1)).sum())
    rotation, scale = head_rotation(landmarks_px), spread / unit
    shape = (points - centre[..., None, :]) @ rotation / scale[..., None, None]
    return Placed(shape, rotation, scale, centre)


def moved_as(
    source_px: np.ndarray,  # float [468, 3]
    driver_px: np.ndarray,  # float [T, 468, 3], NaN where there is no face
    neutral_px: np.ndarray,  # float [468, 3] of the driver
    pose: np.ndarray | None = None,  # float [T, 3, 3]
) -> np.ndarray:  # float64 [T, 468, 3]
    """The source's landmarks after the driver's motion away from its neutral; NaN where the driver's are.

    The head turns by the driver's rotation, shifts by its shift in head sizes and grows as it does; the face changes by
    the driver's change in the head's own axes.

    Args:
        pose: how the head stands in each frame, head to camera, whatever the driver's does.
    """
    source, neutral = placed(source_px), placed(neutral_px)
    out = np.full(driver_px.shape, np.nan)
    found = np.isfinite(driver_px).all(axis=(1, 2))
    if not found.any():
        return out
    driver = placed(driver_px[found])
    shape = source.shape + driver.shape - neutral.shape
    rotation = driver.rotation @ neutral.rotation.T @ source.rotation if pose is None else pose[found]
    grown = driver.scale_px / neutral.scale_px
    centre = source.centre_px + (driver.centre_px - neutral.centre_px) * (source.scale_px / neutral.scale_px)
    points = (source.scale_px * grown)[:, None, None] * (shape @ rotation.transpose(0, 2, 1)) + centre[:, None]
    out[found] = points * _TO_Y_UP
    return out
