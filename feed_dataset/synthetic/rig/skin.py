"""Procedural skin: colour maps from a melanin / haemoglobin model in log-linear RGB.

`SkinLook` is everything about a person that the maps depend on; the height channels are in `skin_detail.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from feed_dataset.synthetic.rig.atlas import SkinAtlas
from feed_dataset.synthetic.rig.skin_detail import bake_detail
from feed_dataset.synthetic.rig.skin_masks import beard_mask, scalp_mask
from feed_dataset.synthetic.scene.noise import ValueNoise
from feed_dataset.synthetic.scene.types import SkinMaps
from feed_dataset.synthetic.scene.vectors import blob, linear_to_srgb, mirrored_blob, smoothstep, srgb_to_linear

_TONES_RGB = (  # sRGB of cheeks from light to dark, evenly spaced in `tone`
    np.array(
        [
            [238, 206, 186],
            [226, 184, 158],
            [206, 160, 128],
            [172, 122, 90],
            [128, 84, 60],
            [86, 55, 41],
            [58, 38, 31],
        ],
        np.float32,
    )
    / 255
)
_LIP_TINT = {"male": np.array([0.92, 0.78, 0.78]), "female": np.array([0.93, 0.68, 0.70])}
_MOLES = 4
_SCALP_COVER = 0.85
_FULL_RATE_PX = 1024  # from this width up, colour is computed at half resolution: it has no fine detail


@dataclass(frozen=True)
class SkinLook:
    """What a person's skin maps depend on."""

    seed: int
    tone: float  # 0 light .. 1 dark
    age_years: float
    male: bool
    stubble: float
    hair_rgb: tuple[float, float, float]  # sRGB
    bald: bool
    recede: float
    freckles: float


def tone_rgb(tone: float) -> np.ndarray:
    """Skin colour sRGB float32 [3] of `tone` in [0, 1]."""
    position = np.clip(tone, 0, 1) * (len(_TONES_RGB) - 1)
    index = min(int(position), len(_TONES_RGB) - 2)
    share = position - index
    return _TONES_RGB[index] * (1 - share) + _TONES_RGB[index + 1] * share


def _log_rgb(srgb: np.ndarray | tuple[float, ...], floor: float) -> np.ndarray:
    return np.log(np.maximum(srgb_to_linear(srgb), floor))


def _pigment(points: np.ndarray, look: SkinLook, noise: ValueNoise) -> np.ndarray:
    """Absorption [..., 3] of melanin and haemoglobin mottling and of the redder regions."""
    lightness = 1 - look.tone
    melanin = 0.45 * noise.fractal(points, 1.6, 3) + 0.5 * noise.fractal(points + 3, 9, 3)
    haemoglobin = noise.fractal(points + 11, 3.2, 4)
    red = np.array([0.03, 0.26, 0.18]) * (0.3 + 0.9 * lightness)
    cheeks = mirrored_blob(points, (0.47, 6.98, 1.2), (0.22, 0.2, 0.35))
    nose = _nose(points)
    ears = mirrored_blob(points, (0.78, 7.15, 0.5), (0.16, 0.4, 0.35))
    chin = blob(points, (0, 6.5, 1.5), (0.18, 0.14, 0.3))
    brows = mirrored_blob(points, (0.3, 7.42, 1.4), (0.3, 0.08, 0.3))
    absorbed = melanin[..., None] * (np.array([0.035, 0.05, 0.06]) * (1 + 0.8 * look.tone))
    absorbed += haemoglobin[..., None] * (np.array([0.012, 0.06, 0.045]) * (0.35 + lightness))
    absorbed += (0.55 * cheeks + 0.6 * nose + 0.6 * ears + 0.3 * chin + 0.15 * brows)[..., None] * red
    return absorbed


def _nose(points: np.ndarray) -> np.ndarray:
    return blob(points, (0, 6.98, 1.72), (0.17, 0.16, 0.3))


def _around_the_eyes(points: np.ndarray, eyelids: np.ndarray, look: SkinLook) -> np.ndarray:
    """Absorption [..., 3] of dark circles, lids, lid creases and nasolabial folds."""
    circles = mirrored_blob(points, (0.31, 7.13, 1.35), (0.17, 0.06, 0.25))
    circles = circles + 0.7 * mirrored_blob(points, (0.2, 7.18, 1.37), (0.06, 0.06, 0.2))
    creases = mirrored_blob(points, (0.3, 7.35, 1.37), (0.2, 0.035, 0.2))
    folds = mirrored_blob(points, (0.26, 6.85, 1.45), (0.05, 0.12, 0.2))
    absorbed = circles[..., None] * (np.array([0.16, 0.19, 0.13]) * (0.55 + look.age_years / 80))
    absorbed += np.clip(eyelids, 0, 1)[..., None] * (np.array([0.12, 0.2, 0.17]) * (0.7 if look.male else 1.1))
    absorbed += creases[..., None] * 0.12
    absorbed += folds[..., None] * (np.array([0.06, 0.1, 0.08]) * (0.4 + look.age_years / 60))
    return absorbed


def _spots(points: np.ndarray, look: SkinLook, noise: ValueNoise) -> np.ndarray:
    """Absorption [..., 3] of freckles and age spots."""
    aged = np.clip(noise.fractal(points + 9, 12, 2) - 1.1, 0, 1) * np.clip((look.age_years - 40) / 40, 0, 1)
    absorbed = aged[..., None] * np.array([0.2, 0.32, 0.36])
    if look.freckles > 0:
        region = 0.3 + mirrored_blob(points, (0.35, 7.0, 1.4), (0.4, 0.25, 0.5)) + _nose(points)
        freckles = np.clip(noise(points + 5, 34) - 1.0, 0, 1) * region
        absorbed += (freckles * look.freckles)[..., None] * np.array([0.25, 0.5, 0.6])
    return absorbed


def _smooth_albedo(
    points: np.ndarray,  # float32 [H, W, 3]
    lips: np.ndarray,  # [H, W]
    eyelids: np.ndarray,  # [H, W]
    look: SkinLook,
    noise: ValueNoise,
) -> np.ndarray:
    """Linear albedo float32 [H, W, 3] without texel-sized detail."""
    log = np.broadcast_to(_log_rgb(tone_rgb(look.tone), 1e-3), points.shape).copy()
    log = log - _pigment(points, look, noise) - _around_the_eyes(points, eyelids, look)

    tint = _LIP_TINT["male" if look.male else "female"]
    lip_log = _log_rgb(np.clip(tone_rgb(look.tone) * tint, 0, 1), 1e-3)
    lip_lines = 0.06 * noise.fractal(points * np.array([3, 1, 1], np.float32), 26, 2)
    lip_weight = smoothstep(0.1, 0.95, lips)[..., None] * 0.75
    log = log * (1 - lip_weight) + (lip_log + lip_lines[..., None]) * lip_weight

    if look.stubble > 0:
        shadow = beard_mask(points, noise) * (1 - smoothstep(0.05, 0.4, lips)) * look.stubble
        log -= shadow[..., None] * (np.array([0.55, 0.42, 0.28]) * (0.4 + 0.7 * (1 - look.tone)))
    if not look.bald:
        grain = np.clip(0.95 + 0.2 * noise(points, 60), 0, 1.4)
        cover = np.clip(scalp_mask(points, noise, look.recede) * grain * _SCALP_COVER, 0, 0.95)[..., None]
        log = log * (1 - cover) + (0.85 * _log_rgb(look.hair_rgb, 0.004) + 0.15 * log) * cover
    return np.exp(log - _spots(points, look, noise)).astype(np.float32)


def _add_stubble_dots(
    albedo: np.ndarray, atlas: SkinAtlas, look: SkinLook, noise: ValueNoise, rng: np.random.Generator
) -> None:
    """Shadows of single beard hairs at texel resolution, in place."""
    field = rng.standard_normal(albedo.shape[:2]).astype(np.float32)
    dots = cv2.GaussianBlur(field, (0, 0), 0.75 * atlas.width_px / 1024)
    dots = np.clip(dots / dots.std() - 0.2, 0, 2)
    where = beard_mask(atlas.head, noise) * (1 - smoothstep(0.05, 0.4, atlas.masks["lips"]))
    albedo *= np.exp(-(where * dots * 0.55 * look.stubble)[..., None] * np.array([1, 0.95, 0.85]))


def _add_moles(albedo: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> None:
    """A few round moles on the front of the face, in place."""
    for _ in range(_MOLES):
        centre = np.array([rng.uniform(-0.6, 0.6), rng.uniform(6.45, 7.9)]).astype(np.float32)
        radius = rng.uniform(0.008, 0.018)
        distance2 = ((points[..., :2] - centre) ** 2).sum(-1)
        mole = np.exp(-((distance2 / radius**2) ** 2)) * (points[..., 2] > 0.7)
        albedo *= 1 - mole[..., None] * np.array([0.45, 0.6, 0.65])


def _to_srgb8(linear: np.ndarray) -> np.ndarray:
    return (linear_to_srgb(linear) * 255 + 0.5).astype(np.uint8)


def bake_skin(atlas: SkinAtlas, look: SkinLook) -> SkinMaps:
    """All skin maps of one person."""
    noise, rng = ValueNoise(look.seed), np.random.default_rng(look.seed + 1)
    stride = 2 if atlas.width_px >= _FULL_RATE_PX else 1
    points, lips, eyelids = (
        array[::stride, ::stride] for array in (atlas.head, atlas.masks["lips"], atlas.masks["eyelids"])
    )
    albedo = _smooth_albedo(points, lips, eyelids, look, noise)
    if stride > 1:
        size = (atlas.width_px, atlas.height_px)
        albedo = cv2.resize(albedo, size, interpolation=cv2.INTER_LINEAR)
    if look.stubble > 0:
        _add_stubble_dots(albedo, atlas, look, noise, rng)
    _add_moles(albedo, atlas.head, rng)
    nothing = np.zeros(atlas.torso.shape[:2])
    torso = _smooth_albedo(atlas.torso, nothing, nothing, look, noise)
    detail = bake_detail(atlas, look.age_years, noise, rng)
    return SkinMaps(_to_srgb8(albedo), detail, _to_srgb8(torso))
