"""What photographs have and renders lack, drawn onto small crops: backgrounds, glasses, hands, light, compression.

Every function takes pictures [B, 3, P, P] in [0, 1] and a generator, and leaves the faces where they are.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model.training.data import apply_colour, sample_colour

BACKGROUND_SHARE, GLASSES_SHARE, COVER_SHARE = 0.5, 0.15, 0.2
SOFT_SHARE, COMPRESSED_SHARE = 0.35, 0.3
FACE_EYES_PX = 30  # between the eyes of a whole face, where rims of glasses are one or two pixels thick
LOWEST_QUALITY, HIGHEST_QUALITY = 15, 90  # of JPEG


def photograph_like(
    images: Tensor,
    background: Tensor,  # [B, 1, P, P], 1 where the render shows background
    eyes: Tensor,  # [B, 2, 2] centres of both eyes in pixels
    rng: np.random.Generator,
) -> Tensor:
    """All of it, each with its own chance per picture."""
    images = change_background(images, background, rng)
    images = cover(put_glasses_on(images, eyes, rng), rng)
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    images = apply_colour(shade(images, rng), sample_colour(len(images), generator))
    return compress(sensor_noise(soften(images, rng), rng), rng)


def _some(rng: np.random.Generator, count: int, share: float) -> np.ndarray:
    chosen: np.ndarray = np.flatnonzero(rng.random(count) < share)
    return chosen


def change_background(images: Tensor, background: Tensor, rng: np.random.Generator) -> Tensor:
    """Smooth random colours or coarse clutter behind the head."""
    out = images.clone()
    for row in _some(rng, len(images), BACKGROUND_SHARE):
        cells = int(rng.choice([2, 4, 12]))
        colours = torch.from_numpy(rng.random((1, 3, cells, cells))).float()
        clutter = F.interpolate(colours, images.shape[-2:], mode="bilinear", align_corners=False)[0]
        out[row] = torch.lerp(images[row], clutter, background[row])
    return out


def put_glasses_on(images: Tensor, eyes: Tensor, rng: np.random.Generator) -> Tensor:
    """Rings around both eyes with a bridge, sometimes tinted."""
    out = images.clone()
    for row in _some(rng, len(images), GLASSES_SHARE):
        picture = _canvas(images[row])
        right, left = eyes[row].numpy()
        apart = float(np.linalg.norm(left - right))
        angle = float(np.degrees(np.arctan2(*(left - right)[::-1])))
        axes = (apart * rng.uniform(0.3, 0.45), apart * rng.uniform(0.22, 0.4))
        colour = [float(v) for v in rng.random(3) * rng.choice([0.2, 0.2, 1.0])]
        width = max(1, round(int(rng.integers(1, 3)) * apart / FACE_EYES_PX))
        lens = picture.copy()
        for centre in (right, left):
            box = (tuple(map(float, centre)), tuple(2 * float(a) for a in axes), angle)
            cv2.ellipse(lens, box, colour, -1)
        tint = float(rng.choice([0.0, 0.0, 0.15, 0.4]))
        picture = (1 - tint) * picture + tint * lens
        for centre in (right, left):
            box = (tuple(map(float, centre)), tuple(2 * float(a) for a in axes), angle)
            cv2.ellipse(picture, box, colour, width, cv2.LINE_AA)
        step = (left - right) / max(apart, 1e-6) * axes[0]
        cv2.line(picture, _point(right + step), _point(left - step), colour, width, cv2.LINE_AA)
        out[row] = _tensor(picture)
    return out


def cover(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Something in front of the face's edge: a hand, a microphone, hair."""
    side = images.shape[-1]
    out = images.clone()
    for row in _some(rng, len(images), COVER_SHARE):
        picture = _canvas(images[row])
        turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 0.6) * side
        centre = (side / 2 + away * np.cos(turn), side / 2 + away * np.sin(turn))
        axes = (float(rng.uniform(0.1, 0.5) * side), float(rng.uniform(0.1, 0.35) * side))
        cv2.ellipse(
            picture, (centre, axes, float(rng.uniform(0, 180))), [float(v) for v in rng.random(3)], -1, cv2.LINE_AA
        )
        out[row] = _tensor(picture)
    return out


def shade(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Light from a side: a linear ramp of exposure."""
    side = images.shape[-1]
    axis = torch.linspace(-1, 1, side)
    slope = torch.from_numpy(rng.normal(0, 0.3, (len(images), 2))).float()
    ramp = slope[:, 0, None, None] * axis[None, None, :] + slope[:, 1, None, None] * axis[None, :, None]
    return (images * torch.exp(ramp)[:, None]).clamp(0, 1)


def soften(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Fewer pixels than the crop has."""
    out = images.clone()
    for row in _some(rng, len(images), SOFT_SHARE):
        side = int(images.shape[-1] * rng.uniform(0.45, 0.9))
        small = F.interpolate(images[row : row + 1], (side, side), mode="bilinear", antialias=True, align_corners=False)
        out[row] = F.interpolate(small, images.shape[-2:], mode="bilinear", align_corners=False)[0]
    return out


def sensor_noise(images: Tensor, rng: np.random.Generator) -> Tensor:
    strength = torch.from_numpy(0.04 * rng.random((len(images), 1, 1, 1))).float()
    noise = torch.from_numpy(rng.standard_normal(images.shape, dtype=np.float32))
    return (images + strength * noise).clamp(0, 1)


def compress(images: Tensor, rng: np.random.Generator) -> Tensor:
    """JPEG, written and read."""
    out = images.clone()
    for row in _some(rng, len(images), COMPRESSED_SHARE):
        quality = int(rng.integers(LOWEST_QUALITY, HIGHEST_QUALITY))
        picture = (_canvas(images[row]) * 255).round().astype(np.uint8)
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        read = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert read is not None  # it was just written
        out[row] = _tensor(read.astype(np.float32) / 255)
    return out


def _canvas(image: Tensor) -> np.ndarray:  # [3, P, P] -> float32 [P, P, 3]
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy())


def _tensor(picture: np.ndarray) -> Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)


def _point(at: np.ndarray) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))
