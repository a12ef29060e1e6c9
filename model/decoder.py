"""G_2D: the driven volume, seen from the front, to a picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import ModelConfig
from .layers import ResBlock2d


class Decoder(nn.Module):
    """`[B, C, D, V, V]` to `[B, 3, S, S]` in [0, 1]; depth becomes channels (channel-major), nothing is projected.

    With a texture path there is a fourth channel: the share of the moved source picture.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, groups = config.decoder_channels, config.norm_groups
        self.from_volume = nn.Conv2d(config.volume_channels * config.volume_depth, width, 1, bias=False)
        self.blocks = nn.Sequential(*(ResBlock2d(width, width, groups) for _ in range(config.decoder_blocks)))
        image_blocks: list[nn.Module] = []
        for out in config.decoder_image_channels:
            image_blocks.append(ResBlock2d(width, out, groups, "up"))
            image_blocks.extend(ResBlock2d(out, out, groups) for _ in range(config.decoder_blocks_per_size - 1))
            width = out
        self.image_blocks = nn.Sequential(*image_blocks)
        self.norm = nn.GroupNorm(groups, width)
        self.to_rgb = nn.Conv2d(width, 4 if config.texture_path else 3, 1)

    def forward(self, volume: Tensor) -> Tensor:
        x = self.image_blocks(self.blocks(self.from_volume(volume.flatten(1, 2))))
        return torch.sigmoid(self.to_rgb(F.relu(self.norm(x))))
