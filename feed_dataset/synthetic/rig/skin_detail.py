"""Procedural skin relief: pores, static lines and the wrinkles that expressions drive."""

from __future__ import annotations

import cv2
import numpy as np

from feed_dataset.synthetic.rig.atlas import SkinAtlas
from feed_dataset.synthetic.scene.noise import ValueNoise
from feed_dataset.synthetic.scene.vectors import blob, mirrored_blob, smoothstep


def _lines(
    noise: ValueNoise, points: np.ndarray, coordinate: np.ndarray, frequency: float, warp: float, shift: float
) -> np.ndarray:
    """Creases in [0, 1] where `coordinate * frequency`, warped by noise, is an integer."""
    phase = coordinate * frequency + warp * noise.fractal(points + shift, 3.0, 2)
    return (1 - np.abs(np.sin(np.pi * phase))) ** 3


def _random_texels(atlas: SkinAtlas, sigma_px: float, rng: np.random.Generator) -> np.ndarray:
    """Blurred white noise of unit variance per texel; `sigma_px` is for an atlas 1024 wide."""
    field = rng.standard_normal((atlas.height_px, atlas.width_px)).astype(np.float32)
    blurred = cv2.GaussianBlur(field, (0, 0), sigma_px * (atlas.width_px / 1024))
    return blurred / blurred.std()


def _nasolabial_fold(points: np.ndarray) -> np.ndarray:
    """The line from the wing of the nose to the corner of the mouth."""
    x, y = np.abs(points[..., 0]), points[..., 1]
    line_x = 0.2 + (7.0 - y) * 0.38
    ends = smoothstep(6.5, 6.62, y) * smoothstep(7.04, 6.92, y)
    return np.exp(-(((x - line_x) / 0.022) ** 2)) * ends * (points[..., 2] > 0.9)


def bake_detail(atlas: SkinAtlas, age_years: float, noise: ValueNoise, rng: np.random.Generator) -> np.ndarray:
    """Relief uint8 [H, W, 4].

    Channel 0 is the static height (128 = flat): pores, lip lines and, with age, wrinkles. Channels 1..3 are
    creases that the blendshapes deepen: forehead; frown and nose; around the eyes and the nasolabial fold.
    """
    points = atlas.head
    x, y = np.abs(points[..., 0]), points[..., 1]
    pores = -np.clip(_random_texels(atlas, 0.9, rng) - 0.6, 0, 3) * 0.5
    fine = _random_texels(atlas, 2.2, rng)
    porous = blob(points, (0, 7.0, 1.6), (0.3, 0.25, 0.4))
    porous = porous + mirrored_blob(points, (0.4, 7.0, 1.25), (0.3, 0.25, 0.4))
    lips = _lines(noise, points, points[..., 0], 38, 0.5, 2.0) * smoothstep(0.6, 0.95, atlas.masks["lips"])

    brow_band = blob(points, (0, 7.75, 1.25), (0.62, 0.26, 0.6)) * (y > 7.45)
    forehead = _lines(noise, points, y, 11, 0.35, 0.0) * brow_band
    frown = _lines(noise, points, points[..., 0] + 0.045, 9.5, 0.22, 4.0)
    frown = frown * blob(points, (0, 7.42, 1.45), (0.13, 0.16, 0.3))
    bunny = _lines(noise, points, points[..., 0] * 0.6 + y, 16, 0.2, 6.0)
    bunny = bunny * mirrored_blob(points, (0.1, 7.17, 1.55), (0.1, 0.12, 0.25))
    fan = (y - 7.28) / np.maximum(0.12 + (x - 0.45), 0.08) * 0.5 + 0.5
    crows_feet = _lines(noise, points, fan, 5.0, 0.35, 8.0)
    crows_feet = crows_feet * mirrored_blob(points, (0.56, 7.27, 1.12), (0.11, 0.16, 0.3))
    under_eye = _lines(noise, points, y + 0.25 * (x - 0.3) ** 2 / 0.1, 17, 0.3, 10.0)
    under_eye = under_eye * mirrored_blob(points, (0.33, 7.14, 1.35), (0.2, 0.09, 0.25))
    fold = _nasolabial_fold(points)

    aged = np.clip((age_years - 28) / 50, 0, 1)
    height = 0.085 * pores * (0.5 + 0.8 * np.clip(porous, 0, 1)) + 0.022 * fine * (1 + 2 * aged) - 0.16 * lips
    height = height - aged * (0.5 * forehead + 0.35 * frown + 0.5 * crows_feet + 0.35 * under_eye)
    height = height - (0.03 + 0.4 * aged) * fold
    channels = [
        0.5 + height * 0.5,
        forehead,
        np.clip(frown + bunny, 0, 1),
        np.clip(crows_feet + 0.7 * under_eye + 0.8 * fold, 0, 1),
    ]
    return (np.clip(np.stack(channels, -1), 0, 1) * 255 + 0.5).astype(np.uint8)
