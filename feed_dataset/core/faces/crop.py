"""The square face crop that every method and metric shares.

Centre: the centre of the face box. Side: (box width + box height) * scale, as in the official EMOPortraits
preprocessing. Where the square leaves the image the border pixels are repeated; the official code shrinks the
square instead, which changes the scale of the face.

`apply_crop` cuts an upright square at whole pixels and is what the benchmark uses; `sample_crop` takes a square at
any place and angle, for crops that move.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from feed_dataset.core.faces.geometry import face_box
from feed_dataset.core.faces.windows import Window
from feed_dataset.core.jobs.errors import NoFaceError


@dataclass(frozen=True)
class CropBox:
    """A square in image pixels; it may reach past the image."""

    x0: int
    y0: int
    side: int


def crop_box(
    landmarks_px: np.ndarray,  # [468, 2 or 3], or a box [4] x0 y0 x1 y1
    image_hw: tuple[int, int],
    scale: float = 1.0,
) -> CropBox:
    """The crop around one face. Raises NoFaceError for NaN landmarks or a face outside the image."""
    points = np.asarray(landmarks_px, dtype=np.float64)
    box = points if points.shape == (4,) else face_box(points)
    if not np.all(np.isfinite(box)):
        raise NoFaceError("expected the landmarks of a face but they are NaN (no face was found)")
    x0, y0, x1, y1 = box
    height, width = image_hw
    if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height or x1 <= x0 or y1 <= y0:
        got = box.round(1).tolist()
        raise NoFaceError(f"expected a face box inside the {width} x {height} image but got {got}")
    side = max(2, round(((x1 - x0) + (y1 - y0)) * scale))
    return CropBox(round((x0 + x1) / 2 - side / 2), round((y0 + y1) / 2 - side / 2), side)


def apply_crop(
    frames: np.ndarray,  # uint8 [T, H, W, 3]
    box: CropBox,
    size_px: int,
) -> np.ndarray:
    """One fixed crop of every frame, uint8 [T, size_px, size_px, 3]; area averaging down, bicubic up."""
    if frames.ndim != 4 or frames.shape[3] != 3:
        raise ValueError(f"expected frames [T, H, W, 3] but got {list(frames.shape)}")
    interpolation = cv2.INTER_AREA if box.side > size_px else cv2.INTER_CUBIC
    out = np.empty((len(frames), size_px, size_px, 3), np.uint8)
    for target, frame in zip(out, frames, strict=True):
        square = _square(frame, box)
        if box.side != size_px:
            square = cv2.resize(square, (size_px, size_px), interpolation=interpolation)
        target[:] = square
    return out


def sample_crop(
    frame: np.ndarray,  # uint8 [H, W, 3]
    window: Window,
    size_px: int,
) -> np.ndarray:
    """A square at any place and angle, uint8 [size_px, size_px, 3]; border pixels repeat, bicubic up, area down."""
    reduction = max(1, int(np.ceil(window.side_px / size_px - 1e-6)))
    fine_px = size_px * reduction  # at most one source pixel per step, then averaged
    interpolation = cv2.INTER_LINEAR if reduction > 1 else cv2.INTER_CUBIC
    flags = interpolation | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(
        frame, window.to_image(fine_px), (fine_px, fine_px), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return fine if reduction == 1 else cv2.resize(fine, (size_px, size_px), interpolation=cv2.INTER_AREA)


def window_of(box: CropBox) -> Window:
    """The same square as a window: pixel centres are whole numbers there."""
    middle = (box.side - 1) / 2
    return Window((box.x0 + middle, box.y0 + middle), float(box.side))


def to_crop(
    landmarks_px: np.ndarray,  # [..., 468, 2 or 3] in image pixels
    box: CropBox,
    size_px: int,
) -> np.ndarray:
    """The same landmarks in pixels of the resized crop (z is scaled too)."""
    factor = size_px / box.side
    out = np.array(landmarks_px, dtype=np.float32)
    out[..., :2] = (out[..., :2] - np.array([box.x0, box.y0]) + 0.5) * factor - 0.5
    out[..., 2:] *= factor
    return out


def _square(frame: np.ndarray, box: CropBox) -> np.ndarray:
    height, width = frame.shape[:2]
    # Of a box wholly outside, the nearest row or column is left to repeat.
    x0, x1 = min(max(box.x0, 0), width - 1), max(min(box.x0 + box.side, width), 1)
    y0, y1 = min(max(box.y0, 0), height - 1), max(min(box.y0 + box.side, height), 1)
    seen = frame[y0:y1, x0:x1]
    if seen.shape[0] == box.side == seen.shape[1]:
        return seen
    left = min(max(-box.x0, 0), box.side - 1)
    top = min(max(-box.y0, 0), box.side - 1)
    right, bottom = box.side - left - seen.shape[1], box.side - top - seen.shape[0]
    return cv2.copyMakeBorder(seen, top, bottom, left, right, cv2.BORDER_REPLICATE)
