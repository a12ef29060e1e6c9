"""Mean colour of the followed face per frame."""

from __future__ import annotations

import numpy as np

from benchmark.features.types.extractor import FACE_NETWORKS, Compute, Extractor, OpenSession, PerFrame

FACE_COLOUR = "face-colour"
_LEVELS = np.arange(256) / 255
_LIGHT = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
"""Light of each level of sRGB (IEC 61966-2-1), 0 to 1."""
_XYZ_OF_RGB = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _XYZ_OF_RGB.sum(axis=1)  # D65
_KNEE = (6 / 29) ** 3  # CIE 15: below, the cube root is a line


def face_colours(
    frames: np.ndarray,  # uint8 [B, H, W, 3] RGB
    landmarks_px: np.ndarray,  # float32 [B, N, 3], NaN where there is no face
) -> np.ndarray:
    """CIELAB (D65) of the mean light inside the outline of the face, float64 [B, 3]; NaN where it is not seen."""
    return np.stack([_colour(frame, points) for frame, points in zip(frames, landmarks_px, strict=True)])


def _colour(frame: np.ndarray, points: np.ndarray) -> np.ndarray:
    import cv2

    nothing = np.full(3, np.nan)
    if not np.isfinite(points).all():
        return nothing
    outline = cv2.convexHull(np.rint(points[:, :2]).astype(np.int32))[:, 0]
    left, top = np.maximum(outline.min(axis=0), 0)
    right, bottom = np.maximum(outline.max(axis=0) + 1, 0)
    region = frame[top:bottom, left:right]
    if not region.size:
        return nothing
    mask = cv2.fillConvexPoly(np.zeros(region.shape[:2], np.uint8), outline - (left, top), 1).astype(bool)
    return lab_of(_LIGHT[region[mask]].mean(axis=0)) if mask.any() else nothing


def lab_of(
    light: np.ndarray,  # [3] linear RGB in [0, 1]
) -> np.ndarray:
    """CIELAB (CIE 15), float64 [3]: lightness 0 to 100, green to red, blue to yellow."""
    ratio = _XYZ_OF_RGB @ light / _WHITE
    x, y, z = np.where(ratio > _KNEE, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _load(compute: Compute) -> OpenSession:
    return lambda info: PerFrame(face_colours)


EXTRACTORS = (Extractor(FACE_COLOUR, FACE_NETWORKS, "mesh-hull-light-cielab-1", _load),)  # float32 [T, 3]
