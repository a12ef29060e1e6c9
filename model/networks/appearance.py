"""E_app: what the source looks like, as a volume of local features V_s and a global descriptor e_s."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.layers import ResBlock2d
from model.networks.normalisation import GroupNorm
from model.networks.resnet import ImageNetNormalise, ResNetTrunk


class LocalEncoder(nn.Module):
    """Picture to feature volume: `[B, 3, S, S]` to `[B, C, D, V, V]` (channel-major reshape of a 2-D map)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths, groups = config.encoder_channels, config.norm_groups
        self.from_rgb = nn.Conv2d(3, widths[0], 7, padding=3)
        self.blocks = nn.Sequential(*(ResBlock2d(a, b, groups, "down") for a, b in pairwise(widths)))
        self.norm = GroupNorm(groups, widths[-1])
        self.to_volume = nn.Conv2d(widths[-1], config.volume_channels * config.volume_depth, 1)
        self.volume_shape = (config.volume_channels, config.volume_depth)

    def forward(self, image: Tensor) -> Tensor:
        features = self.to_volume(self.norm(self.blocks(self.from_rgb(image)), relu=True, inplace=True))
        return features.unflatten(1, self.volume_shape)


class IdentityEncoder(nn.Module):
    """Picture to global descriptor e_s: `[B, 3, S, S]` to `[B, embed_channels, embed_size, embed_size]`."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.image_px, self.embed_size = config.identity_image_px, config.embed_size
        self.normalise = ImageNetNormalise()
        self.trunk = ResNetTrunk(
            config.identity_stage_blocks,
            config.identity_width,
            lambda channels: GroupNorm(config.norm_groups, channels),
            config.identity_bottleneck,
            second_bias=True,
        )
        self.fc = nn.Conv2d(self.trunk.out_channels, config.embed_channels, 1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        size = (self.image_px, self.image_px)
        if image.shape[-2:] != size:
            image = F.interpolate(image, size, mode="bilinear", align_corners=False)
        return F.adaptive_avg_pool2d(self.fc(self.trunk(self.normalise(image))), self.embed_size)
