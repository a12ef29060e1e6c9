"""E_motion's expression branch: a pose-aligned crop of the face to the expression descriptor z."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.normalisation import GroupNorm
from model.networks.pose import HeadPose
from model.networks.resnet import ImageNetNormalise, ResNetTrunk
from model.networks.shapes import builds_without_numbers

# The crop shows the central half of the canonical frame: the face without most of the hair.
CROP_EXTENT = 0.5


def crop_points(size_px: int) -> Tensor:  # [size_px, size_px, 3]
    """Where the pixels of the crop are in the canonical frame: x, y, 1."""
    if builds_without_numbers():
        return torch.empty(size_px, size_px, 3)
    axis = torch.linspace(-CROP_EXTENT, CROP_EXTENT, size_px)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x, y, torch.ones_like(x)], dim=-1)


def aligned_face_crop(
    image: Tensor,  # [B, 3, H, W]
    pose: HeadPose,
    points: Tensor,  # [P, P, 3] of `crop_points`
) -> Tensor:  # [B, 3, P, P]
    """Cut out the face with scale, in-plane rotation and position undone (depth is dropped); zeros outside.

    Gradients reach `image`; the published code blocks them here, which leaves its latent losses without effect on the
    generator.
    """
    inverse = pose.theta_inverse()[:, (0, 1, 3)][:, :, (0, 1, 3)]
    grid = (points.view(1, -1, 3) @ inverse[:, :2].transpose(1, 2)).view(-1, *points.shape[:2], 2)
    return F.grid_sample(image, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


class MotionEncoder(nn.Module):
    """Picture and pose to z: crop, ResNet-18, 1x1 convolution, one linear layer; dropout after it or before it."""

    points: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.embed_size = config.embed_size
        self.register_buffer("points", crop_points(config.motion_crop_px), persistent=False)
        self.normalise = ImageNetNormalise()
        self.trunk = ResNetTrunk(
            (2, 2, 2, 2),
            config.motion_width,
            lambda channels: GroupNorm(config.norm_groups, channels),
            bottleneck=False,
            second_bias=True,
        )
        self.fc = nn.Conv2d(self.trunk.out_channels, config.z_dim, 1, bias=False)
        self.dropout = nn.Dropout(0.0 if config.z_dropout_last else config.z_dropout)
        self.last_dropout = nn.Dropout(config.z_dropout if config.z_dropout_last else 0.0)
        self.to_z = nn.Linear(config.z_dim * config.embed_size**2, config.z_dim, bias=False)

    def features(self, image: Tensor, pose: HeadPose) -> Tensor:  # [B, 3, S, S] -> [B, z_dim * embed_size ** 2]
        """What z is read from: the flattened map before the last linear layer."""
        maps = self.fc(self.trunk(self.normalise(aligned_face_crop(image, pose, self.points))))
        return F.adaptive_avg_pool2d(self.dropout(maps), self.embed_size).flatten(1)

    def forward(self, image: Tensor, pose: HeadPose) -> Tensor:  # [B, 3, S, S] -> [B, z_dim]
        return self.last_dropout(self.to_z(self.features(image, pose)))
