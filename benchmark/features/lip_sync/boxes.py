"""The face crop that SyncNet was trained on, from the landmarks that every metric shares.

The authors detect faces with S3FD, whose boxes reach from the forehead to the chin, and cut a square around them
(run_pipeline.py, crop_scale 0.40): with s half the box's longer side, from s above the box's centre to 1.8 s below it
and 1.4 s to either side. So the top of the crop is the top of the box, and the box ends at 2 / 2.8 of its height.

That makes the relation of our mesh to their box measurable on any crop of theirs. On their public example (317 frames
of 224 px, box from 0 to 160 px) the mesh reaches from 8.9 to 162.0 px on average and its middle lies at 111.4 px
(the crop's at 112): the box is the mesh's, 5.8 % of the mesh's height higher at the top and 1.3 % at the bottom.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from feed_dataset.core.faces.geometry import face_box

TOP, BOTTOM = 0.058, 0.013
"""How much higher than the mesh's the box's edges lie, in heights of the mesh."""
CROP_SCALE = 0.40
SMOOTH_FRAMES = 13
"""Boxes are medians over so many frames, as medfilt(13) there; at the ends over those that exist (there: zeros)."""
GREY = (110, 110, 110)
"""What the crop shows outside the picture."""
CROP_PX = 224
_EDGE = 0.5  # landmarks count pixel centres, boxes pixel edges


@dataclass(frozen=True)
class SyncBox:
    """Centre of a face box and half its longer side, in pixels from the picture's edge."""

    x_px: float
    y_px: float
    half_px: float


def sync_box(
    landmarks_px: np.ndarray,  # [..., 468, 2 or 3], NaN where missing
) -> np.ndarray:
    """Box centre x, y and half its longer side, float64 [..., 3]; NaN where there are no landmarks."""
    x0, y0, x1, y1 = np.moveaxis(face_box(np.asarray(landmarks_px, dtype=np.float64)), -1, 0)
    height = y1 - y0
    top, bottom = y0 - TOP * height, y1 - BOTTOM * height
    half = np.maximum(bottom - top, x1 - x0) / 2
    return np.stack([(x0 + x1) / 2 + _EDGE, (top + bottom) / 2 + _EDGE, half], axis=-1)


def smooth_boxes(
    boxes: np.ndarray,  # [T, 3], NaN where missing
    index: int,
) -> SyncBox:
    """The box of one frame: median over the frames at most 6 away that have one."""
    reach = SMOOTH_FRAMES // 2
    x, y, half = np.nanmedian(boxes[max(0, index - reach) : index + reach + 1], axis=0)
    return SyncBox(float(x), float(y), float(half))


def crop_face(
    frame: np.ndarray,  # uint8 [H, W, 3]
    box: SyncBox,
) -> np.ndarray:
    """SyncNet's square of a frame, uint8 [224, 224, 3]; grey outside the picture.

    Cut at fractions of a pixel; bilinear, where it shrinks by more than 2 from an average over areas.
    """
    side = 2 * (1 + CROP_SCALE) * box.half_px
    finer = max(1, round(side / CROP_PX / 2))
    size = CROP_PX * finer
    step = side / size
    left, top = box.x_px - side / 2, box.y_px - box.half_px
    # Pixel centres: x_frame + 0.5 = left + (x_crop + 0.5) * step
    to_frame = np.array([[step, 0.0, left + step / 2 - _EDGE], [0.0, step, top + step / 2 - _EDGE]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(frame, to_frame, (size, size), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=GREY)
    return crop if finer == 1 else cv2.resize(crop, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
