"""A second look at eyes and mouth in crops of their own, at the picture's full size. Not in the paper."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.networks.config import ModelConfig
from model.networks.face_points import (
    EYE_EXTENT,
    LEFT_EYE,
    MOUTH,
    MOUTH_EXTENT,
    RIGHT_EYE,
    TONGUE_VALUES,
    PointReader,
    cut_crop,
    window_points,
)


@dataclass(frozen=True)
class Window:
    """A crop around some face points."""

    points: tuple[int, ...]  # places in POINTS
    extent: float  # half its side in canonical units
    mirrored: bool = False  # left eyes are read as right ones

    def centre(self, at: Tensor) -> Tensor:  # canonical [B, N, 2] -> [B, 2]
        """The middle of its points."""
        return at[:, list(self.points)].mean(dim=1)

    def to_canonical(
        self,
        inside: Tensor,  # [..., 2] from -1 to 1
        centre: Tensor,  # [..., 2]
    ) -> Tensor:
        return centre + inside * self._size(inside)

    def to_inside(self, canonical: Tensor, centre: Tensor) -> Tensor:
        """Inverse of `to_canonical`."""
        return (canonical - centre) / self._size(canonical)

    def _size(self, like: Tensor) -> Tensor:
        return like.new_tensor([-self.extent if self.mirrored else self.extent, self.extent])


EYES = (Window(RIGHT_EYE, EYE_EXTENT), Window(LEFT_EYE, EYE_EXTENT, mirrored=True))
LIPS = Window(MOUTH, MOUTH_EXTENT)


class ClosePoints(nn.Module):
    """Face points that were read off the whole face, to those of eyes, brows and lips read again, and the tongue.

    The whole face is read at half of a picture's size, where a glance moves an iris by a pixel or two.
    """

    inside: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        side, widths = config.point_close_px, config.point_close_widths
        self.eye = PointReader(side, widths, config.norm_groups, len(RIGHT_EYE))
        self.mouth = PointReader(side, widths, config.norm_groups, len(MOUTH))
        self.to_tongue = nn.Linear(widths[3] * (side // 16) ** 2, TONGUE_VALUES)
        self.register_buffer("inside", window_points(side), persistent=False)

    def forward(
        self,
        image: Tensor,  # [B, 3, H, W]
        matrix: Tensor,  # [B, 2, 3] of `crop_matrix`
        at: Tensor,  # [B, N, 2] in canonical units, depth dropped
    ) -> tuple[Tensor, Tensor]:  # [B, N, 2], tongue [B, TONGUE_VALUES]
        """Better points."""
        at = at.clone()
        centres = [window.centre(at) for window in EYES]
        log_maps, _ = self.eye(torch.cat([self._cut(image, matrix, *one) for one in zip(EYES, centres, strict=True)]))
        for window, centre, read in zip(EYES, centres, self.eye.places(log_maps).chunk(2), strict=True):
            at[:, list(window.points)] = window.to_canonical(read, centre[:, None])
        centre = LIPS.centre(at)
        log_maps, deepest = self.mouth(self._cut(image, matrix, LIPS, centre))
        at[:, list(LIPS.points)] = LIPS.to_canonical(self.mouth.places(log_maps), centre[:, None])
        return at, self.to_tongue(deepest.flatten(1))

    def _cut(self, image: Tensor, matrix: Tensor, window: Window, centre: Tensor) -> Tensor:
        return cut_crop(image, matrix, window.to_canonical(self.inside, centre[:, None, None]))
