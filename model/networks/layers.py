"""The building blocks that every network of the model shares: residual blocks and adaptive normalisation."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.normalisation import GroupNorm, scale_and_shift
from model.networks.resizing import pooled_weight, upsampling_weight
from model.networks.shapes import builds_without_numbers


def channels_last(module: nn.Module) -> None:
    """Store all convolution weights channels-last: about a third faster on CPU and on tensor cores."""
    for child in module.modules():
        if isinstance(child, nn.Conv2d):
            child.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        elif isinstance(child, nn.Conv3d):
            child.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]


def average_pool_3d(
    x: Tensor,  # [B, C, D, H, W]
    size: tuple[int, int, int],
) -> Tensor:  # [B, C, D / size[0], H / size[1], W / size[2]]
    """Average pooling; half precisions in float32, which CPUs need."""
    if x.dtype in (torch.float16, torch.bfloat16):
        return F.avg_pool3d(x.float(), size).to(x.dtype)
    return F.avg_pool3d(x, size)


class AdaptiveGroupNorm(nn.Module):
    """Group norm whose affine is shifted by an embedding.

    The affine is applied twice, `(GN(x) w + b)(w + dw) + (b + db)`: the published model computes exactly this, and a
    checkpoint of it gives other warps with a single affine.
    """

    def __init__(self, groups: int, channels: int, embed_channels: int, embed_positions: int) -> None:
        super().__init__()
        self.norm = GroupNorm(groups, channels)
        by_channel, by_position = torch.empty(channels, embed_channels), torch.empty(embed_positions, 2)
        if not builds_without_numbers():
            by_channel = by_channel.normal_() / embed_channels**0.5
            by_position = by_position.normal_() * (0.1 / embed_positions**0.5)
        self.project_channels = nn.Parameter(by_channel)
        self.project_positions = nn.Parameter(by_position)

    def forward(
        self,
        x: Tensor,  # [B, C, D, H, W]
        embedding: Tensor,  # [B, embed_channels, embed_positions]
        *,
        relu: bool = False,
        inplace: bool = False,
    ) -> Tensor:  # [B, C, D, H, W]
        """As `GroupNorm`, steered by the embedding."""
        shift = self.project_channels @ embedding @ self.project_positions  # [B, C, 2]
        factor, offset = self.norm.weight + shift[..., 0], self.norm.bias + shift[..., 1]
        if self.norm.sums_itself(x):
            first, then = self.norm.channel_affine(x)
            return scale_and_shift(x, first * factor, then * factor + offset, relu=relu, inplace=inplace)
        shape = (*shift.shape[:2], *([1] * (x.dim() - 2)))
        y = torch.addcmul(offset.view(shape), self.norm(x), factor.view(shape))
        return F.relu(y, inplace=True) if relu else y


class ConvBlock(nn.Sequential):
    """Convolution of kernel 3, normalisation, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, groups: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False), GroupNorm(groups, out_channels)
        )

    def forward(
        self,
        x: Tensor,  # [B, in, H, W]
    ) -> Tensor:  # [B, out, H, W]
        convolution, norm = self
        out: Tensor = norm(convolution(x), relu=True, inplace=True)
        return out


def _norm(groups: int, channels: int, embed: tuple[int, int] | None) -> GroupNorm | AdaptiveGroupNorm:
    return GroupNorm(groups, channels) if embed is None else AdaptiveGroupNorm(groups, channels, *embed)


class ResBlock2d(nn.Module):
    """Pre-activation residual block, kernel 3: GN, ReLU, conv, GN, ReLU, conv, beside a 1x1 skip when widths differ.

    Args:
        in_channels, out_channels: widths.
        groups: groups of both normalisations.
        resize: "none", "down" (average pool 2 after both branches) or "up" (nearest x2 before both branches).
        embed: (channels, positions) of an embedding that steers the normalisations, or None.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        groups: int,
        resize: str = "none",
        embed: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        if resize not in ("none", "down", "up"):
            raise ValueError(f"expected resize 'none', 'down' or 'up' but got {resize!r}")
        self.resize = resize
        self.norm1 = _norm(groups, in_channels, embed)
        # The published model standardises the weights of this convolution, which gives it a bias.
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=True)
        self.norm2 = _norm(groups, out_channels, embed)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.skip = (
            nn.Conv2d(in_channels, out_channels, 1, bias=False) if in_channels != out_channels else nn.Identity()
        )

    def forward(
        self,
        x: Tensor,  # [B, in, H, W]
        embedding: Tensor | None = None,  # [B, embed_channels, embed_positions]
    ) -> Tensor:  # [B, out, H', W']
        extra = () if embedding is None else (embedding,)
        main, first, second = self.norm1(x, *extra, relu=True), self.conv1, self.conv2
        # GN, ReLU and 1x1 convolutions commute with nearest up-sampling and average pooling: do them at the small size.
        if self.resize == "up":
            weight = upsampling_weight(first.weight)
            main = F.conv_transpose2d(main, weight, first.bias, stride=2, padding=1)
            skip = F.interpolate(self.skip(x), scale_factor=2.0, mode="nearest")
        else:
            main, skip = first(main), self.skip(F.avg_pool2d(x, 2) if self.resize == "down" else x)
        main = self.norm2(main, *extra, relu=True, inplace=True)
        if self.resize == "down":
            return F.conv2d(main, pooled_weight(second.weight), stride=2, padding=1).add_(skip)
        return second(main).add_(skip)


class ResBlock3d(nn.Module):
    """`ResBlock2d` over volumes, without resizing; adaptive when `embed` is (channels, positions) of an embedding."""

    def __init__(self, in_channels: int, out_channels: int, groups: int, embed: tuple[int, int] | None = None) -> None:
        super().__init__()

        self.norm1, self.norm2 = _norm(groups, in_channels, embed), _norm(groups, out_channels, embed)
        # As in 2-D, only blocks with weight standardisation (the adaptive ones) have a bias in the first convolution.
        self.conv1 = nn.Conv3d(in_channels, out_channels, 3, padding=1, bias=embed is not None)
        self.conv2 = nn.Conv3d(out_channels, out_channels, 3, padding=1, bias=False)
        self.skip = (
            nn.Conv3d(in_channels, out_channels, 1, bias=False) if in_channels != out_channels else nn.Identity()
        )

    def forward(
        self,
        x: Tensor,  # [B, in, D, H, W]
        embedding: Tensor | None = None,  # [B, embed_channels, embed_positions]
    ) -> Tensor:  # [B, out, D, H, W]
        extra = () if embedding is None else (embedding,)
        main = self.conv1(self.norm1(x, *extra, relu=True))
        return self.conv2(self.norm2(main, *extra, relu=True, inplace=True)).add_(self.skip(x))
