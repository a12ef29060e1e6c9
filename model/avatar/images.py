"""Between pictures of any size and what a model takes and gives."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from feed_dataset.core.faces.crop import CropBox

_FEATHER = 0.1
"""Share of the square's side over which a pasted square fades into the photo."""


def to_model(
    crops: np.ndarray,  # uint8 [T, S, S, 3]
    side_px: int,
    like: Tensor,
) -> Tensor:  # [T, 3, side_px, side_px] in [0, 1]
    """Resize (area down, bicubic up) and scale; device and type of `like`."""
    resized = np.stack([resize_square(crop, side_px) for crop in crops])
    pictures = torch.from_numpy(resized).to(like.device).permute(0, 3, 1, 2)
    return pictures.to(like.dtype).div_(255.0)


def from_model(
    pictures: Tensor,  # [T, 3, S, S] in [0, 1]
) -> np.ndarray:  # uint8 [T, S, S, 3]
    """Round to 8 bits."""
    eight_bits = pictures.detach().float().clamp(0, 1).mul(255).round().to(torch.uint8)
    return np.ascontiguousarray(eight_bits.permute(0, 2, 3, 1).cpu().numpy())


def resize_square(
    picture: np.ndarray,  # uint8 [S, S, 3]
    side_px: int,
) -> np.ndarray:  # uint8 [side_px, side_px, 3]
    """Area averaging down, bicubic up, the same array when nothing changes."""
    if picture.shape[0] == side_px:
        return picture
    how = cv2.INTER_AREA if picture.shape[0] > side_px else cv2.INTER_CUBIC
    resized: np.ndarray = cv2.resize(np.ascontiguousarray(picture), (side_px, side_px), interpolation=how)
    return resized


def green_matte(
    picture: np.ndarray,  # uint8 [S, S, 3]
) -> np.ndarray:  # float32 [S, S, 1] in [0, 1], 1 on the head
    """How little of the painted green is in each pixel: the published models paint (0, 1, 0) behind the head."""
    colour = picture.astype(np.float32) / 255
    excess = colour[..., 1] - np.maximum(colour[..., 0], colour[..., 2])
    return 1 - np.clip(excess, 0, 1)[..., None]


def replace_green(
    picture: np.ndarray,  # uint8 [S, S, 3]
    background: np.ndarray,  # uint8 [S, S, 3]
) -> np.ndarray:  # uint8 [S, S, 3]
    """Put something else behind the head, and take the green's reflection off its edges."""
    matte = green_matte(picture)
    colour = picture.astype(np.float32)
    colour[..., 1] = np.minimum(colour[..., 1], np.maximum(colour[..., 0], colour[..., 2]))
    mixed = colour + (1 - matte) * background.astype(np.float32)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


class PasteBack:
    """Puts generated squares back into the photo they were cut from, with soft edges.

    Args:
        photo: uint8 [H, W, 3].
        box: the square in the photo; what leaves the photo is cut off.
    """

    def __init__(self, photo: np.ndarray, box: CropBox) -> None:
        self._photo, self._side_px = photo, box.side
        height, width = photo.shape[:2]
        x0, y0 = max(box.x0, 0), max(box.y0, 0)
        x1, y1 = min(box.x0 + box.side, width), min(box.y0 + box.side, height)
        self._place = (slice(y0, y1), slice(x0, x1))
        self._seen = (slice(y0 - box.y0, y1 - box.y0), slice(x0 - box.x0, x1 - box.x0))
        # An edge of the square that is an edge of the photo has nothing to fade into.
        self._mask = (
            _ramp(box.side, box.y0 > 0, box.y0 + box.side < height)[:, None, None]
            * _ramp(box.side, box.x0 > 0, box.x0 + box.side < width)[None, :, None]
        )

    def __call__(
        self,
        square: np.ndarray,  # uint8 [S, S, 3]
    ) -> np.ndarray:  # uint8 [H, W, 3]
        new = resize_square(square, self._side_px)[self._seen].astype(np.float32)
        out = self._photo.copy()
        old = out[self._place].astype(np.float32)
        mask = self._mask[self._seen]
        out[self._place] = np.rint(old + mask * (new - old)).astype(np.uint8)
        return out


def _ramp(side_px: int, fade_start: bool, fade_end: bool) -> np.ndarray:
    """float32 [side_px]: 1 inside, smoothly 0 towards the ends that fade."""
    place = (np.arange(side_px, dtype=np.float32) + 0.5) / (side_px * _FEATHER)
    rise = np.clip(place, 0, 1)
    smooth: np.ndarray = rise * rise * (3 - 2 * rise)
    ones = np.ones_like(smooth)
    return (smooth if fade_start else ones) * (smooth[::-1] if fade_end else ones)
