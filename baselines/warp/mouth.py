"""What is seen between open lips: the source's own mouth where it shows one, else the driver's, else darkness."""

from __future__ import annotations

import numpy as np

from baselines.warp.pieces import draw, fan, with_middle
from feed_dataset.core.faces.mesh_indices import LIPS_INNER

_RING, _FAN = list(LIPS_INNER), fan(len(LIPS_INNER))
_SHOWN = 0.5
"""Share of the opening that a mouth has to show itself to be stretched over all of it."""
_OPEN_AREA = 0.008
"""Area between the lips, in squared face heights, from which on a mouth shows something. Landmarks of shut ones make up
to 0.0066."""
_DARKNESS = 0.12
"""Of the colour around the lips: the mouth of a rendered or photographed face without light in it."""


def fill_mouth(
    canvas: np.ndarray,  # uint8 [S, S, 3], changed in place
    target_px: np.ndarray,  # float [468, 2]
    source: tuple[np.ndarray, np.ndarray],  # image uint8 [R, R, 3], landmarks [468, 2]
    driver: tuple[np.ndarray, np.ndarray],  # frame uint8 [R, R, 3], landmarks [468, 2]
) -> None:
    """Draw the inside of an open mouth; of one that is shut nothing.

    The driver's colours are brought to the source's light by the ratio of the mean colours of both faces.
    """
    opening = _opening(target_px)
    if opening < _OPEN_AREA:
        return
    for name, (image, points) in (("source", source), ("driver", driver)):
        if _opening(points) >= _SHOWN * opening:
            if name == "driver":
                image = _in_the_light_of(image, points, *source)
            draw(canvas, image, with_middle(points[_RING]), with_middle(target_px[_RING]), _FAN)
            return
    dark = np.broadcast_to(_DARKNESS * _face_colour(*source), canvas.shape).astype(np.uint8)
    draw(canvas, np.ascontiguousarray(dark), with_middle(target_px[_RING]), with_middle(target_px[_RING]), _FAN)


def _opening(points_px: np.ndarray) -> float:
    """Area of the polygon of the inner lips, in squared face heights."""
    x, y = points_px[_RING].T
    height = np.linalg.norm(points_px[10] - points_px[152])
    return float(abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2 / height**2)


def _in_the_light_of(
    image: np.ndarray, points_px: np.ndarray, source: np.ndarray, source_px: np.ndarray
) -> np.ndarray:  # uint8 [R, R, 3]
    ratio = _face_colour(source, source_px) / np.maximum(_face_colour(image, points_px), 1.0)
    return np.asarray(np.clip(image * ratio, 0, 255).round().astype(np.uint8))


def _face_colour(
    image: np.ndarray,  # uint8 [R, R, 3]
    points_px: np.ndarray,  # float [468, 2]
) -> np.ndarray:  # float64 [3]
    """Mean colour at the landmarks that lie in the image."""
    last = np.array(image.shape[1::-1]) - 1
    columns, rows = np.clip(points_px.round().astype(int), 0, last).T
    mean: np.ndarray = image[rows, columns].mean(axis=0)
    return mean
