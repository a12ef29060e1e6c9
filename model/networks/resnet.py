"""ResNet trunks with group normalisation (identity, expression) or batch normalisation (head pose)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Norm = Callable[[int], nn.Module]


class ImageNetNormalise(nn.Module):
    """`(x - mean) / std` with the ImageNet statistics, for pictures in [0, 1]."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # [B, 3, H, W]
        return (x - self.mean) / self.std


class BasicBlock(nn.Module):
    """Two 3x3 convolutions (ResNet-18). `second_bias`: the published model's standardised convolutions have one."""

    expansion = 1

    def __init__(self, in_channels: int, width: int, stride: int, norm: Norm, second_bias: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, 1, bias=False)
        self.norm1 = norm(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=second_bias)
        self.norm2 = norm(width)
        self.skip = _skip(in_channels, width, stride, norm)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(out)) + self.skip(x))


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions (ResNet-50), four times wider at the end."""

    expansion = 4

    def __init__(self, in_channels: int, width: int, stride: int, norm: Norm, second_bias: bool) -> None:
        super().__init__()
        out_channels = width * self.expansion
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.norm1 = norm(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=second_bias)
        self.norm2 = norm(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=second_bias)
        self.norm3 = norm(out_channels)
        self.skip = _skip(in_channels, out_channels, stride, norm)

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.norm1(self.conv1(x)))
        out = F.relu(self.norm2(self.conv2(out)))
        return F.relu(self.norm3(self.conv3(out)) + self.skip(x))


def _skip(in_channels: int, out_channels: int, stride: int, norm: Norm) -> nn.Module:
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), norm(out_channels))


class ResNetTrunk(nn.Module):
    """Everything of a ResNet before its pooling: `[B, 3, H, W]` to `[B, out_channels, H/32, W/32]`."""

    def __init__(
        self, stage_blocks: tuple[int, ...], width: int, norm: Norm, bottleneck: bool, second_bias: bool
    ) -> None:
        super().__init__()
        block: type[BasicBlock] | type[Bottleneck] = Bottleneck if bottleneck else BasicBlock
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.norm1 = norm(width)
        stages: list[nn.Module] = []
        channels = width
        for stage, count in enumerate(stage_blocks):
            layers: list[nn.Module] = []
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                layers.append(block(channels, width << stage, stride, norm, second_bias))
                channels = (width << stage) * block.expansion
            stages.append(nn.Sequential(*layers))
        self.stages = nn.Sequential(*stages)
        self.out_channels = channels

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 3, 2, 1)
        return self.stages(x)
