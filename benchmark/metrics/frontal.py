"""Landmarks without head pose: the best similarity of a few stable points onto a canonical head, undone."""

from __future__ import annotations

import numpy as np

from benchmark.metrics.landmark_sets import MESH468, LandmarkSet

# Image: x right, y down, z away. Head: x to the subject's left, y up, z to the front.
_IMAGE_TO_HEAD_AXES = np.array([1.0, -1.0, -1.0])


def frontalise(
    landmarks_px: np.ndarray,  # [T, N, 3], NaN where missing
    landmark_set: LandmarkSet = MESH468,
) -> np.ndarray:
    """Landmarks of a face that looks straight ahead, float64 [T, N, 3]; NaN where missing.

    x to the subject's left, y up, z to the front; origin at the mean of the stable points; unit: distance
    between the outer eye corners. Invariant to translation, scale and rotation of the input. The rotation
    and scale come from a least-squares similarity (Umeyama 1991) between the stable points (`LandmarkSet.rigid`)
    and the same points of its canonical head.
    """
    points = np.asarray(landmarks_px, dtype=np.float64)
    if points.ndim != 3 or points.shape[1:] != (landmark_set.count, 3):
        raise ValueError(f"expected landmarks [T, {landmark_set.count}, 3] but got {list(points.shape)}")
    rigid = list(landmark_set.rigid)
    canonical = landmark_set.canonical()[rigid]
    canonical = canonical - canonical.mean(axis=0)
    out = np.full(points.shape, np.nan)
    usable = np.isfinite(points).all(axis=(1, 2))
    if not usable.any():
        return out
    points = points[usable] * _IMAGE_TO_HEAD_AXES
    points = points - points[:, rigid].mean(axis=1, keepdims=True)
    rotation = fit_rotation(canonical, points[:, rigid])
    frontal = points @ rotation  # row vectors: p @ R = R^T p
    right, left = landmark_set.eye_corners
    width = np.linalg.norm(frontal[:, left] - frontal[:, right], axis=-1)
    out[usable] = frontal / width[:, None, None]
    return out


def stable_rotation(
    landmarks_px: np.ndarray,  # [T, N, 3], finite
    landmark_set: LandmarkSet,
) -> np.ndarray:
    """Rotations [T, 3, 3] of the head against the camera, from the stable points alone."""
    rigid = list(landmark_set.rigid)
    canonical = landmark_set.canonical()[rigid]
    points = np.asarray(landmarks_px, dtype=np.float64)[:, rigid] * _IMAGE_TO_HEAD_AXES
    return fit_rotation(canonical - canonical.mean(axis=0), points - points.mean(axis=1, keepdims=True))


def fit_rotation(
    canonical: np.ndarray,  # [K, 3], centred
    points: np.ndarray,  # [T, K, 3], centred
) -> np.ndarray:
    """Rotations R [T, 3, 3] that best explain points ~ scale * R @ canonical."""
    u, _, vt = np.linalg.svd(np.swapaxes(points, 1, 2) @ canonical)
    sign = np.sign(np.linalg.det(u @ vt))
    u[:, :, 2] *= sign[:, None]
    fitted: np.ndarray = u @ vt
    return fitted
