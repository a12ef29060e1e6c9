"""The source volume before and after warping: residual blocks, then G_3D, a U-Net to the canonical volume V^C."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.layers import ResBlock3d, average_pool_3d
from model.networks.normalisation import GroupNorm
from model.networks.shapes import builds_without_numbers


class VolumeBlocks(nn.Sequential):
    """Residual blocks that keep the shape of the source volume."""

    def __init__(self, config: ModelConfig) -> None:
        channels = config.volume_channels
        super().__init__(*(ResBlock3d(channels, channels, config.norm_groups) for _ in range(config.volume_blocks)))


class UNet3d(nn.Module):
    """G_3D: warped source volume to canonical volume, same shape `[B, C, D, V, V]`.

    The upward path starts from a learned constant instead of the deepest features, which reach it through a skip like
    the others (as published).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        c0, (c1, c2, c3), groups = config.volume_channels, config.unet_channels, config.norm_groups
        self.depth_factor = config.depth_factor
        self.down = nn.ModuleList(ResBlock3d(a, b, groups) for a, b in ((c0, c1), (c1, c2), (c2, c3)))
        self.skips = nn.ModuleList(ResBlock3d(c, c, groups) for c in (c3, c2, c1))
        self.up = nn.ModuleList(ResBlock3d(a, b, groups) for a, b in ((c3, c2), (c2, c1), (c1, c0)))
        deep, side = config.volume_depth * config.depth_factor, config.volume_size
        constant = torch.empty(1, c3, deep // 4, side // 8, side // 8)
        self.constant = nn.Parameter(constant if builds_without_numbers() else constant.normal_())
        self.norm = GroupNorm(groups, c0)
        self.head = nn.Conv3d(c0, c0, 1)
        self.residual = config.canonical_residual
        if self.residual:
            with torch.no_grad():
                for parameter in self.head.parameters():
                    parameter.zero_()

    def forward(self, volume: Tensor) -> Tensor:
        deep = volume if self.depth_factor == 1 else _upsample(volume, (float(self.depth_factor), 1.0, 1.0))
        level0 = self.down[0](deep)
        level1 = self.down[1](average_pool_3d(level0, (1, 2, 2)))
        level2 = self.down[2](average_pool_3d(level1, (2, 2, 2)))
        x = self.constant.expand(volume.shape[0], -1, -1, -1, -1)
        for scale, skip, up, features in zip(
            ((2.0, 2.0, 2.0), (2.0, 2.0, 2.0), (1.0, 2.0, 2.0)),
            self.skips,
            self.up,
            (level2, level1, level0),
            strict=True,
        ):
            x = up(_upsample(x, scale) + skip(features))
        if self.depth_factor != 1:
            x = average_pool_3d(x, (self.depth_factor, 1, 1))
        canonical = self.head(self.norm(x, relu=True, inplace=True))
        return volume + canonical if self.residual else canonical


def _upsample(x: Tensor, scale: tuple[float, float, float]) -> Tensor:
    return F.interpolate(x, scale_factor=scale, mode="trilinear", align_corners=False)
