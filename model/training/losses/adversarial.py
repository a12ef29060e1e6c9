"""The discriminator and the losses of Eq. 10: hinge and feature matching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS = 64  # of the published code, as everything here that the paper does not print
STRIDES = (2, 2, 2, 1)
INIT_GAIN = 0.02


@dataclass(frozen=True)
class Judgement:
    """What one discriminator says of pictures."""

    scores: Tensor  # [B, 1, h, w]
    features: tuple[Tensor, ...]  # after each block


class PatchDiscriminator(nn.Module):
    """Blocks of 3x3 convolution, instance norm and leaky ReLU, then one score for every place of the last map.

    Args:
        channels: of the first block; each block has twice as many as the one before.
    """

    def __init__(self, channels: int = CHANNELS) -> None:
        super().__init__()
        widths = [channels << block for block in range(len(STRIDES))]
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, after, 3, stride, padding=1, bias=False),
                nn.InstanceNorm2d(after, affine=True),
                nn.LeakyReLU(0.2),
            )
            for (before, after), stride in zip(pairwise((3, *widths)), STRIDES, strict=True)
        )
        self.to_scores = nn.Conv2d(widths[-1], 1, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_normal_(module.weight, INIT_GAIN)

    def forward(self, pictures: Tensor) -> Judgement:  # [B, 3, S, S] in [0, 1]
        features = []
        for block in self.blocks:
            pictures = block(pictures)
            features.append(pictures)
        return Judgement(self.to_scores(pictures), tuple(features))


class MultiScaleDiscriminator(nn.Module):
    """One patch discriminator for the picture, one for each halving of it."""

    def __init__(self, scales: int = 2, channels: int = CHANNELS) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(channels) for _ in range(scales))

    def forward(self, pictures: Tensor) -> list[Judgement]:  # [B, 3, S, S] in [0, 1]
        judgements = []
        for number, discriminator in enumerate(self.scales):
            if number:
                pictures = F.avg_pool2d(pictures, 2)
            judgements.append(discriminator(pictures))
        return judgements


def discriminator_hinge(real: Sequence[Judgement], fake: Sequence[Judgement]) -> Tensor:
    """What the discriminator minimises: `relu(1 - D(real)) + relu(1 + D(fake))`, averaged over places and scales."""
    per_scale = [F.relu(1 - r.scores).mean() + F.relu(1 + f.scores).mean() for r, f in zip(real, fake, strict=True)]
    return torch.stack(per_scale).mean()


def generator_hinge(fake: Sequence[Judgement]) -> Tensor:
    """L_adv of Eq. 10: `-D(fake)`, averaged over places and scales."""
    return torch.stack([-judgement.scores.mean() for judgement in fake]).mean()


def feature_matching(real: Sequence[Judgement], fake: Sequence[Judgement]) -> Tensor:
    """L_FM of Eq. 10: L1 of the discriminators' features, averaged over blocks and scales; `real` is a constant."""
    per_scale = [
        torch.stack([F.l1_loss(b, a.detach()) for a, b in zip(r.features, f.features, strict=True)]).mean()
        for r, f in zip(real, fake, strict=True)
    ]
    return torch.stack(per_scale).mean()
