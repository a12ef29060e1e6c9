"""G_2D: the driven volume, seen from the front, to a picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model.networks.config import ModelConfig
from model.networks.layers import ResBlock2d
from model.networks.normalisation import GroupNorm


class Decoder(nn.Module):
    """`[B, C, D, V, V]` to `[B, 3, S, S]` in [0, 1]; depth becomes channels (channel-major), nothing is projected.

    With a texture path there is a fourth channel: the share of the moved source picture.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, groups = config.decoder_channels, config.norm_groups
        self.from_volume = nn.Conv2d(config.volume_channels * config.volume_depth, width, 1, bias=False)
        embed = (config.embed_channels, config.embed_size**2) if config.decoder_adaptive else None
        self.adaptive = config.decoder_adaptive
        blocks = [ResBlock2d(width, width, groups, embed=embed) for _ in range(config.decoder_blocks)]
        for out in config.decoder_image_channels:
            blocks.append(ResBlock2d(width, out, groups, "up", embed))
            blocks.extend(ResBlock2d(out, out, groups, embed=embed) for _ in range(config.decoder_blocks_per_size - 1))
            width = out
        self.blocks = nn.ModuleList(blocks)
        self.norm = GroupNorm(groups, width)
        self.to_rgb = nn.Conv2d(width, 4 if config.texture_path else 3, 1)

    def forward(
        self,
        volume: Tensor,  # [B, C, D, V, V]
        embedding: Tensor,  # [B, embed_channels, embed_positions], ignored unless adaptive
    ) -> Tensor:
        x = self.from_volume(volume.flatten(1, 2))
        for block in self.blocks:
            x = block(x, embedding) if self.adaptive else block(x)
        return torch.sigmoid(self.to_rgb(self.norm(x, relu=True, inplace=True)))
