"""A landmark-driven warp of the source: what can be had without any training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from baselines.interface.method import Chunk, Driver
from baselines.warp.thin_plate import warp_image
from baselines.warp.tracked import TrackedMethod

# Indices into the 468-point mesh (MediaPipe face mesh topology).
# fmt: off
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
# fmt: on
_LIPS_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
_LIPS_INNER = (78, 81, 13, 311, 308, 402, 14, 178)
_EYES = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
_BROWS = (70, 105, 107, 46, 52, 55, 336, 334, 300, 285, 282, 276)
_NOSE = (168, 197, 5, 4, 98, 327, 2)
_CHEEKS = (50, 280, 205, 425)
CONTROL_POINTS = tuple(dict.fromkeys(_OVAL[::2] + _LIPS_OUTER + _LIPS_INNER + _EYES + _BROWS + _NOSE + _CHEEKS))
"""The mesh points that carry the warp: enough for every feature, few enough to solve at once."""

_ANCHORS_PER_SIDE = 4


@dataclass(frozen=True)
class PreparedSource:
    """The source image and its landmarks."""

    image: np.ndarray  # uint8 [S, S, 3]
    points_px: np.ndarray  # float64 [468, 2]


class KeypointWarp(TrackedMethod):
    """Moves the source's landmarks as the driver's move away from its own first frame, and warps along.

    The driver's displacement is turned and scaled by the similarity that takes the driver's first face to the
    source's. The image frame stays where it is. Nothing is invented: an opening mouth is stretched lips. In a
    driver frame without a face the warp of the frame before it stays.
    """

    name = "keypoint-warp"

    def prepare(self, source: np.ndarray) -> PreparedSource:
        return PreparedSource(source, self.source_landmarks(source)[:, :2])

    def drive(self, prepared: PreparedSource, driver: Driver) -> Iterator[Chunk]:
        landmarks, valid = self.driver_landmarks(driver)
        moved = relative_motion(prepared.points_px, landmarks[..., :2], valid)
        anchors = border_anchors(prepared.image.shape[0])
        source = np.concatenate([prepared.points_px[list(CONTROL_POINTS)], anchors])
        for points in moved:
            target = np.concatenate([points[list(CONTROL_POINTS)], anchors])
            yield Chunk(warp_image(prepared.image, source, target)[None])


def relative_motion(
    source_px: np.ndarray,  # float [N, 2]
    driver_px: np.ndarray,  # float [T, N, 2], NaN where there is no face
    valid: np.ndarray,  # bool [T]
) -> np.ndarray:  # float [T, N, 2]
    """Source landmarks moved as the driver's are, relative to the driver's first frame with a face."""
    neutral = driver_px[int(np.argmax(valid))]
    turn = similarity_matrix(neutral, source_px)
    moved = np.empty((len(driver_px), *source_px.shape))
    displacement = np.zeros_like(source_px)
    for frame, points in enumerate(driver_px):
        if valid[frame]:
            displacement = (points - neutral) @ turn.T
        moved[frame] = source_px + displacement
    return moved


def similarity_matrix(
    a: np.ndarray,  # float [N, 2]
    b: np.ndarray,  # float [N, 2]
) -> np.ndarray:  # float [2, 2]
    """Scaled rotation that takes the shape `a` closest to `b` (least squares, no reflection)."""
    a0, b0 = a - a.mean(0), b - b.mean(0)
    real = (a0 * b0).sum()
    imaginary = (a0[:, 0] * b0[:, 1] - a0[:, 1] * b0[:, 0]).sum()
    return np.array([[real, -imaginary], [imaginary, real]]) / (a0**2).sum()


def border_anchors(side_px: int) -> np.ndarray:
    """Points on the image frame that stay, float [4 * _ANCHORS_PER_SIDE, 2]."""
    last = side_px - 1
    steps = np.arange(_ANCHORS_PER_SIDE) * last / _ANCHORS_PER_SIDE
    zero, full = np.zeros_like(steps), np.full_like(steps, last)
    sides = [(steps, zero), (full, steps), (last - steps, full), (zero, last - steps)]
    return np.concatenate([np.column_stack(pair) for pair in sides])
