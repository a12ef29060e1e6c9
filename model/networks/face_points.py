"""Reading face points off aligned crops: heat maps with a soft maximum. Not in the paper."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.layers import ConvBlock
from model.networks.pose import HeadPose
from model.networks.shapes import builds_without_numbers

# fmt: off
POINTS = (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146,  # outer lips
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95,  # inner lips
    33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7,  # the subject's right eye
    362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382,  # left eye
    70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285,  # brows
    168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 97, 326,  # nose
    152, 148, 377, 176, 400, 149, 378, 150, 379, 136, 365, 172, 397, 58, 288, 234, 454, 10, 338, 109,  # oval
    50, 280, 205, 425,  # cheeks
    468, 473,  # irises
)
# fmt: on
"""What is read, in the numbering of MediaPipe's face mesh."""
SKIN_POINTS = 128
"""The first of them, which lie on the skin; irises look, they do not carry it along."""
UPPER = (*range(41, 48), *range(57, 64), *range(21, 30))
LOWER = (*range(55, 48, -1), *range(71, 64, -1), *range(39, 30, -1))
"""Places in POINTS of partners that may meet but not pass each other: lids of both eyes, inner lips."""

MOUTH = tuple(range(40))
RIGHT_EYE = (*range(40, 56), *range(72, 82), SKIN_POINTS)
"""Lids, brow, iris: places in POINTS."""
# fmt: off
LEFT_EYE = tuple(POINTS.index(point) for point in (
    263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249,
    300, 293, 334, 296, 336, 276, 283, 282, 295, 285, 473,
))
# fmt: on
"""The partner of each of RIGHT_EYE on the other side."""

FACE_EXTENT = 0.68  # half a crop's side in canonical units: chin, brows and cheeks with room to move
EYE_EXTENT, MOUTH_EXTENT = 0.2, 0.25  # of 99 in 100 faces that are not turned away
TONGUE_VALUES = 4  # protrusion, yaw, pitch, roll
MOST_REACH = 1.5  # half crops; a point farther outside is asked for there


def window_points(size_px: int, reach: float = 1.0) -> Tensor:  # [size_px, size_px, 2]
    """Where a crop's pixels are in it: x and y from `-reach` to `reach`."""
    if builds_without_numbers():
        return torch.empty(size_px, size_px, 2)
    axis = (torch.arange(size_px) + 0.5) / size_px * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x, y], dim=-1) * reach


def crop_matrix(pose: HeadPose) -> Tensor:  # [B, 2, 3]
    """From the face's canonical x and y (depth is dropped) to the picture."""
    return pose.theta_inverse()[:, :2][:, :, (0, 1, 3)]


def cut_crop(
    image: Tensor,  # [B, 3, H, W]
    matrix: Tensor,  # [B, 2, 3] of `crop_matrix`
    at: Tensor,  # [P, P, 2] or [B, P, P, 2] canonical x and y of the crop's pixels
) -> Tensor:  # [B, 3, P, P]
    """The face with scale, in-plane rotation and position undone; outside the picture its border repeats."""
    side = at.shape[-2]
    grid = at.reshape(-1, side * side, 2) @ matrix[:, :, :2].transpose(1, 2) + matrix[:, None, :, 2]
    return F.grid_sample(
        image, grid.view(-1, side, side, 2), mode="bilinear", padding_mode="border", align_corners=False
    )


class PointReader(nn.Module):
    """A U-Net with one heat map per point, at half the crop's side.

    Args:
        crop_px: side of the crops, a multiple of 16.
        widths: at a half, a quarter, an eighth and a sixteenth of it.
        groups: of every normalisation.
        points: how many are read.
    """

    axis: Tensor

    def __init__(self, crop_px: int, widths: tuple[int, int, int, int], groups: int, points: int) -> None:
        super().__init__()
        first, second, third, fourth = widths

        def block(inputs: int, outputs: int) -> nn.Sequential:
            return ConvBlock(inputs, outputs, groups)

        self.map_px = crop_px // 2
        self.enter = nn.Sequential(block(12, first), block(first, first))
        self.down = nn.ModuleList([
            nn.Sequential(block(a, b), block(b, b)) for a, b in ((first, second), (second, third), (third, fourth))
        ])  # fmt: skip
        self.up = nn.ModuleList([
            block(fourth + third, third), block(third + second, second), block(second + first, 2 * first)
        ])  # fmt: skip
        self.to_maps = nn.Linear(2 * first, points)  # of each pixel
        axis = torch.empty(self.map_px)
        if not builds_without_numbers():
            axis = (torch.arange(self.map_px) + 0.5) / self.map_px * 2 - 1
        self.register_buffer("axis", axis, persistent=False)

    def forward(
        self,
        crop: Tensor,  # [B, 3, P, P] in [0, 1]
    ) -> tuple[Tensor, Tensor]:  # logarithms of the maps [B, N, M * M], features [B, widths[3], P / 16, P / 16]
        """Heat maps that sum to 1, and the deepest features."""
        x = self.enter(F.pixel_unshuffle(crop - 0.45, 2))
        levels = [x]
        for block in self.down:
            levels.append(block(F.avg_pool2d(levels[-1], 2)))
        deepest = levels[-1]
        y = deepest
        for block, level in zip(self.up, levels[-2::-1], strict=True):
            y = block(torch.cat([F.interpolate(y, scale_factor=2.0, mode="nearest"), level], dim=1))
        maps = self.to_maps.weight @ y.flatten(2) + self.to_maps.bias[:, None]
        return maps.log_softmax(dim=-1), deepest

    def places(
        self,
        log_maps: Tensor,  # [B, N, M * M]
    ) -> Tensor:  # [B, N, 2] in the crop, from -1 to 1
        """The mean place of each map."""
        maps = log_maps.exp().unflatten(2, (self.map_px, self.map_px))
        return torch.stack([(maps.sum(2) * self.axis).sum(-1), (maps.sum(3) * self.axis).sum(-1)], dim=-1)
