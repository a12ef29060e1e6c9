"""Pixels that are not square, as DVDs and old cameras have them, are shown square: a face is as wide as in a player.

The height stays, and the width of the upright picture becomes what the pixels' aspect makes of it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from av.video.stream import VideoStream


def pixel_aspect_of(stream: VideoStream) -> Fraction:
    """Width over height of a pixel as it is stored, before rotation; 1 where neither container nor codec says."""
    return Fraction(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1)


def square_width_px(width_px: int, pixel_aspect: Fraction) -> int:
    """Width of an upright picture once its pixels are square."""
    return width_px if pixel_aspect == 1 else max(1, round(width_px * pixel_aspect))


def square_pixels(picture: np.ndarray, pixel_aspect: Fraction) -> np.ndarray:  # uint8 [H, W, 3], upright
    """The picture with square pixels; the very same array where they are square."""
    height, width = picture.shape[:2]
    target = square_width_px(width, pixel_aspect)
    if target == width:
        return picture
    import cv2

    interpolation = cv2.INTER_AREA if target < width else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (target, height), interpolation=interpolation))
