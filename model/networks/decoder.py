"""G_2D: the driven volume, seen from the front, to a picture."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.layers import ConvBlock, ResBlock2d
from model.networks.normalisation import GroupNorm
from model.networks.point_path import Moved
from model.networks.resizing import Doubled
from model.networks.shapes import builds_without_numbers

SHARE_AT_FIRST = 2.0  # before the sigmoid: a moved picture is right nearly everywhere


class MovedEncoder(nn.Module):
    """A moved source picture to features at each of the decoder's sizes, by side in pixels."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        sizes = [config.decoder_channels, *config.decoder_image_channels]
        self.side_px = config.volume_size << len(config.decoder_image_channels)
        self.enter = nn.Conv2d(3, sizes[-1], 3, padding=1)
        self.down = nn.ModuleList(
            ConvBlock(a + (2 if place == 0 else 0), b, config.norm_groups)
            for place, (a, b) in enumerate(pairwise(reversed(sizes)))
        )

    def forward(self, moved: Moved) -> dict[int, Tensor]:
        picture, place = moved.picture, moved.place
        x = self.enter(F.avg_pool2d(picture, picture.shape[-1] // self.side_px).to(self.enter.weight.dtype))
        seen = {x.shape[-1]: x}
        for level, block in enumerate(self.down):
            x = F.avg_pool2d(x, 2)
            if level == 0:
                place = F.avg_pool2d(place, place.shape[-1] // x.shape[-1]).to(x.dtype)
                x = torch.cat([x, place], dim=1)
            x = block(x)
            seen[x.shape[-1]] = x
        return seen


class Decoder(nn.Module):
    """`[B, C, D, V, V]` to `[B, 3, S, S]` in [0, 1]; depth becomes channels (channel-major), nothing is projected.

    With a texture path there is a fourth channel: the share of the moved source picture. Where face points move it,
    the decoder sees it, too, at every size, with where each pixel lies on the face. Fewer doublings than lead to S are
    made up by enlarging the result.
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
        self.side_px = config.image_size_px
        self.moved = MovedEncoder(config) if config.texture_path and config.point_modes else None
        self.norm = GroupNorm(groups, width)
        self.to_rgb = nn.Conv2d(width, 4 if config.texture_path else 3, 1)
        if self.moved is not None and not builds_without_numbers():
            with torch.no_grad():
                assert self.to_rgb.bias is not None
                self.to_rgb.bias[3] = SHARE_AT_FIRST

    def forward(
        self,
        volume: Tensor,  # [B, C, D, V, V]
        embedding: Tensor,  # [B, embed_channels, embed_positions], ignored unless adaptive
        moved: Moved | None = None,
    ) -> Tensor:
        x = self.from_volume(volume.flatten(1, 2))
        seen = {} if self.moved is None or moved is None else self.moved(moved)
        for block in self.blocks:
            x = block(x, embedding) if self.adaptive else block(x)
            x = x + seen.pop(x.shape[-1], 0)
        picture = torch.sigmoid(self.to_rgb(self.norm(x, relu=True, inplace=True)))
        if picture.shape[-1] == self.side_px:
            return picture
        if picture.requires_grad and 2 * picture.shape[-1] == self.side_px:
            enlarged: Tensor = Doubled.apply(picture)
            return enlarged
        return F.interpolate(picture, (self.side_px, self.side_px), mode="bilinear", align_corners=False)
