"""The two discriminators of section 10.3 and the gradient penalty of Eq. 21. They read poses in units of spread."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.errors import ModelError
from model.speech.head_motion.config import CriticSizes
from model.speech.head_motion.layers import ResBlock1d
from model.speech.head_motion.rotation import POSE


class LocalCritic(nn.Module):
    """Temporal PatchGAN: one response for every N frames in a row."""

    def __init__(self, sizes: CriticSizes) -> None:
        super().__init__()
        self.patch_frames = sizes.patch_frames
        kernels = (sizes.patch_frames - 4, 3, 3)  # together they see N frames
        widths = (POSE, sizes.width, sizes.width, sizes.width)
        self.convs = nn.ModuleList(
            nn.Conv1d(before, after, kernel)
            for before, after, kernel in zip(widths[:-1], widths[1:], kernels, strict=True)
        )
        self.to_response = nn.Conv1d(sizes.width, 1, 1)

    def responses(self, track: Tensor) -> Tensor:  # [B, T, 9] -> [B, T - N + 1]
        """Of each patch. Raises ModelError for less than one."""
        if track.shape[1] < self.patch_frames:
            raise ModelError(f"expected at least {self.patch_frames} frames but got {track.shape[1]}")
        x = track.transpose(1, 2)
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)
        response: Tensor = self.to_response(x).squeeze(1)
        return response

    def forward(self, track: Tensor, features: Tensor) -> Tensor:  # [B, T, 9], [B, T, D] -> [B]
        """The mean response; speech is not looked at."""
        return self.responses(track).mean(dim=1)


class GlobalCritic(nn.Module):
    """Whether a whole sequence goes with its speech: 1D ResNet, global pooling, speech beside it, MLP."""

    def __init__(self, sizes: CriticSizes, feature_dim: int) -> None:
        super().__init__()
        self.by_frame = sizes.join == "frames"
        width = sizes.width
        self.norm, self.hear = nn.LayerNorm(feature_dim), nn.Linear(feature_dim, width)
        self.project = nn.Linear(POSE + (width if self.by_frame else 0), width)
        self.blocks = nn.Sequential(*(ResBlock1d(width, 5, norm=False) for _ in range(sizes.blocks)))
        self.mlp = nn.Sequential(nn.Linear(2 * width, width), nn.LeakyReLU(0.2), nn.Linear(width, 1))

    def forward(self, track: Tensor, features: Tensor) -> Tensor:  # [B, T, 9], [B, T, D] -> [B]
        heard = F.leaky_relu(self.hear(self.norm(features)), 0.2)
        x = self.project(torch.cat([track, heard], dim=-1) if self.by_frame else track)
        x = F.leaky_relu(self.blocks(x), 0.2).mean(dim=1)
        judged: Tensor = self.mlp(torch.cat([x, heard.mean(dim=1)], dim=-1)).squeeze(-1)
        return judged


Critic = Callable[[Tensor, Tensor], Tensor]
"""Poses `[B, T, 9]` and features `[B, T, D]` to judgements `[B]`."""


def gradient_penalty(
    critic: Critic,
    real: Tensor,  # [B, T, 9]
    fake: Tensor,  # [B, T, 9]
    features: Tensor,  # [B, T, D]
    share: Tensor,  # [B] in [0, 1] of the real one, uniform
    unit: float = 1.0,
) -> Tensor:  # scalar
    """`E[(|grad D(x)| - 1)^2]` between real and generated sequences; the gradient of a sequence is one vector.

    Args:
        unit: what counts as a length of 1 where the gradient is measured.
    """
    share = share[:, None, None]
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between, features).sum(), between, create_graph=True)
    return (unit * gradient.flatten(1).norm(dim=1) - 1).square().mean()


def length_unit(track: Tensor) -> float:
    """The length of a sequence `[.., T, 9]` all of whose numbers are 1: with it the loss does not depend on T.

    Judgements then differ by about 1 between sequences that are as far apart as people's are, which a critic learns in
    few steps; with a length of 1 they would have to differ by this.
    """
    return math.sqrt(track.shape[-2] * track.shape[-1])


def critic_loss(
    critic: Critic, real: Tensor, fake: Tensor, features: Tensor, share: Tensor, penalty_weight: float
) -> Tensor:
    """Eq. 21. `fake` is taken as data: nothing reaches who made it."""
    fake = fake.detach()
    judged_fake, judged_real = critic(torch.cat([fake, real]), torch.cat([features, features])).chunk(2)
    wasserstein = judged_fake.mean() - judged_real.mean()
    return wasserstein + penalty_weight * gradient_penalty(critic, real, fake, features, share, length_unit(real))
