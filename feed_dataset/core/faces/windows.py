"""Square windows of an image, possibly rotated and reaching past the border, brought to a network's size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

# Beyond this reduction a bilinear warp skips source pixels, so the image is first reduced by area averaging.
_MAX_BILINEAR_REDUCTION = 2.0


@dataclass(frozen=True)
class Window:
    """A square region of an image.

    Args:
        center_px: (x, y) in pixel coordinates where the centre of the top left pixel is (0, 0).
        side_px: side length.
        angle_rad: rotation of the window's x axis in the image (x right, y down).
    """

    center_px: tuple[float, float]
    side_px: float
    angle_rad: float = 0.0

    def to_image(self, size_px: int) -> np.ndarray:
        """Affine map float64 [2, 3] from pixels of the `size_px` output to pixels of the image."""
        scale = self.side_px / size_px
        cos, sin = scale * np.cos(self.angle_rad), scale * np.sin(self.angle_rad)
        linear = np.array([[cos, -sin], [sin, cos]])
        middle = (size_px - 1) / 2.0
        offset = np.asarray(self.center_px) - linear @ np.array([middle, middle])
        return np.concatenate([linear, offset[:, None]], axis=1)


def sample_window(
    image: np.ndarray,  # uint8 [H, W, 3]
    window: Window,
    size_px: int,
) -> np.ndarray:
    """The window as uint8 [size_px, size_px, 3]; black outside the image."""
    reduction = window.side_px / size_px
    to_image = window.to_image(size_px)
    if reduction > _MAX_BILINEAR_REDUCTION:
        image, to_image = _reduced(image, window, to_image, reduction)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, to_image, (size_px, size_px), flags=flags, borderMode=cv2.BORDER_CONSTANT)


def transform_points(
    affine: np.ndarray,  # [2, 3]
    points: np.ndarray,  # [..., 2]
) -> np.ndarray:
    """The points [..., 2] under an affine map."""
    mapped: np.ndarray = points @ affine[:, :2].T + affine[:, 2]
    return mapped


def _reduced(
    image: np.ndarray, window: Window, to_image: np.ndarray, reduction: float
) -> tuple[np.ndarray, np.ndarray]:
    """The part of the image under the window at about the output's resolution, and the map onto it."""
    height, width = image.shape[:2]
    reach = window.side_px * 0.75  # more than half the diagonal
    x0 = int(np.clip(window.center_px[0] - reach, 0, width - 1))
    y0 = int(np.clip(window.center_px[1] - reach, 0, height - 1))
    x1 = int(np.clip(window.center_px[0] + reach + 1, x0 + 1, width))
    y1 = int(np.clip(window.center_px[1] + reach + 1, y0 + 1, height))
    part = image[y0:y1, x0:x1]
    new_width = max(1, round((x1 - x0) / reduction))
    new_height = max(1, round((y1 - y0) / reduction))
    small = cv2.resize(part, (new_width, new_height), interpolation=cv2.INTER_AREA)
    factor = np.array([new_width / (x1 - x0), new_height / (y1 - y0)])
    # Pixel centres: x_small = (x - x0 + 0.5) * factor - 0.5
    linear = to_image[:, :2] * factor[:, None]
    offset = (to_image[:, 2] - np.array([x0, y0]) + 0.5) * factor - 0.5
    return small, np.concatenate([linear, offset[:, None]], axis=1)
