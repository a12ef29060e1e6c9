"""Face boxes and head rotation from landmarks. Pure NumPy."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np

_BLOCK_FACES = 512  # fitted at a time: of a long video several arrays in float64 would be larger than all its features


def face_box(
    landmarks_px: np.ndarray,  # [..., N, 2 or 3]
) -> np.ndarray:
    """Smallest box around the landmarks, [..., 4] as x0 y0 x1 y1; NaN where the landmarks are NaN."""
    xy = np.asarray(landmarks_px)[..., :2]
    return np.concatenate([xy.min(axis=-2), xy.max(axis=-2)], axis=-1)


@lru_cache(maxsize=1)
def template() -> tuple[np.ndarray, np.ndarray]:
    """Canonical landmarks float64 [468, 3] and weights [468].

    In dm; x to the subject's left, y up, z to the front. The points are those of the synthetic heads' neutral
    mesh; weights are large where expressions move the face least (data/README.md says how they were made).
    """
    with resources.files("feed_dataset.core.faces").joinpath("data/template468.npz").open("rb") as stream:
        data = np.load(stream)
        return data["points"].astype(np.float64), data["weights"].astype(np.float64)


def head_rotation(
    landmarks_px: np.ndarray,  # [T, 468, 3] or [468, 3], NaN where missing
) -> np.ndarray:
    """Rotation of the head against the camera, float64 [T, 3, 3] or [3, 3]; NaN without landmarks.

    The identity is a face that looks straight into the camera. Columns are the head's axes (x to the
    subject's left, y up, z to the front) in camera axes (x right, y up, z towards the camera). Weighted
    similarity fit of the template (Umeyama 1991).
    """
    points = np.asarray(landmarks_px)
    if points.shape[-2:] != (468, 3):
        raise ValueError(f"expected landmarks [..., 468, 3] but got {list(points.shape)}")
    flat = points.reshape(-1, 468, 3)
    out = np.full((len(flat), 3, 3), np.nan)
    for begin in range(0, len(flat), _BLOCK_FACES):
        block = flat[begin : begin + _BLOCK_FACES].astype(np.float64)
        found = np.isfinite(block).all(axis=(1, 2))
        out[begin : begin + len(block)][found] = _fit_rotations(block[found] * np.array([1.0, -1.0, -1.0]))
    return out.reshape(*points.shape[:-2], 3, 3)


def euler_deg(
    rotation: np.ndarray,  # [..., 3, 3]
) -> np.ndarray:
    """Yaw, pitch, roll in degrees, [..., 3], of rotation = Y(yaw) X(pitch) Z(-roll).

    +yaw: the face turns to the subject's left. +pitch: it looks down. +roll: the chin goes to the subject's
    right (the crown to the left). The same convention as the synthetic heads' ground truth.
    """
    r = np.asarray(rotation, dtype=np.float64)
    pitch = np.arcsin(np.clip(-r[..., 1, 2], -1.0, 1.0))
    yaw = np.arctan2(r[..., 0, 2], r[..., 2, 2])
    roll = -np.arctan2(r[..., 1, 0], r[..., 1, 1])
    angles: np.ndarray = np.degrees(np.stack([yaw, pitch, roll], axis=-1))
    return angles


def rotation_from_euler_deg(
    angles_deg: np.ndarray,  # [..., 3] yaw, pitch, roll
) -> np.ndarray:
    """The inverse of `euler_deg`: rotations [..., 3, 3]."""
    yaw, pitch, roll = np.moveaxis(np.radians(np.asarray(angles_deg, dtype=np.float64)), -1, 0)
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)

    def matrix(*rows: tuple[np.ndarray, ...]) -> np.ndarray:
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    cy, sy = np.cos(yaw), np.sin(yaw)
    cp, sp = np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(-roll), np.sin(-roll)
    about_y = matrix((cy, zero, sy), (zero, one, zero), (-sy, zero, cy))
    about_x = matrix((one, zero, zero), (zero, cp, -sp), (zero, sp, cp))
    about_z = matrix((cr, -sr, zero), (sr, cr, zero), (zero, zero, one))
    product: np.ndarray = about_y @ about_x @ about_z
    return product


def _fit_rotations(
    points: np.ndarray,  # [T, 468, 3]
) -> np.ndarray:
    """Rotations R [T, 3, 3] that best explain points ~ scale * R @ template + offset."""
    canonical, weights = template()
    w = (weights / weights.sum())[:, None]
    source = canonical - (w * canonical).sum(axis=0)
    target = points - (w * points).sum(axis=1, keepdims=True)
    u, _, vt = np.linalg.svd((w * target).transpose(0, 2, 1) @ source)
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]  # a rotation, not a reflection
    fitted: np.ndarray = u @ vt
    return fitted
