"""Texture maps at the resolution a view needs."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from feed_dataset.synthetic.scene.types import SkinMaps
from feed_dataset.synthetic.scene.vectors import srgb_to_linear

HEAD_ISLAND_HEIGHT_DM = 5.2  # what the rows of the head maps span
COARSEST_LEVEL = 5
SMALLEST_SIDE_PX = 8


class Textures(NamedTuple):
    """Maps ready for bilinear sampling."""

    albedo: np.ndarray  # float32 [h, w, 3] linear
    detail: np.ndarray  # float32 [h, w, 4], 0 .. 255
    torso: np.ndarray  # float32 [w, w, 3] linear


def mip_level(texture_height_px: int, pixels_per_dm: float) -> int:
    """Halvings of the head maps so that a texel is not much smaller than a pixel."""
    texels_per_dm = texture_height_px / HEAD_ISLAND_HEIGHT_DM
    halvings = max(0.0, float(np.log2(texels_per_dm / pixels_per_dm)))
    return min(int(np.floor(halvings + 0.35)), COARSEST_LEVEL)


def _shrunk(image: np.ndarray, halvings: int) -> np.ndarray:
    if halvings == 0:
        return image
    height, width = (max(side >> halvings, SMALLEST_SIDE_PX) for side in image.shape[:2])
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _linear(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(srgb_to_linear(image.astype(np.float32) / 255), np.float32)


def textures_at(maps: SkinMaps, level: int) -> Textures:
    """The maps after `level` halvings; the torso, which nobody looks at, keeps one more level of detail."""
    detail = np.ascontiguousarray(_shrunk(maps.detail, level), np.float32)
    return Textures(_linear(_shrunk(maps.albedo, level)), detail, _linear(_shrunk(maps.torso, max(level - 1, 0))))
