"""The two discriminators of section 10.3 and the gradient penalty of Eq. 21.

They see poses in units of the training clips' spread, and how these differ from those of the frame before: `seen_by`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.errors import ModelError
from model.speech.head_motion.config import CriticSizes
from model.speech.head_motion.layers import ResBlock1d


class LocalCritic(nn.Module):
    """Temporal PatchGAN: one response for every N frames in a row."""

    def __init__(self, sizes: CriticSizes) -> None:
        super().__init__()
        self.patch_frames, self.speeds = sizes.patch_frames, sizes.speeds
        # Together they see N frames. A difference is of two frames: the first one has none.
        kernels = (sizes.patch_frames - 4 - sizes.speeds, 3, 3)
        widths = (sizes.numbers, sizes.width, sizes.width, sizes.width)
        self.convs = nn.ModuleList(
            nn.Conv1d(before, after, kernel)
            for before, after, kernel in zip(widths[:-1], widths[1:], kernels, strict=True)
        )
        self.to_response = nn.Conv1d(sizes.width, 1, 1)

    def responses(self, seen: Tensor) -> Tensor:  # [B, T, N] -> [B, T - N + 1]
        """Of each patch. Raises ModelError for less than one."""
        if seen.shape[1] < self.patch_frames:
            raise ModelError(f"expected at least {self.patch_frames} frames but got {seen.shape[1]}")
        x = (seen[:, 1:] if self.speeds else seen).transpose(1, 2)
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.2)
        response: Tensor = self.to_response(x).squeeze(1)
        return response

    def forward(self, seen: Tensor, features: Tensor) -> Tensor:  # [B, T, N], [B, T, D] -> [B]
        """The mean response; speech is not looked at."""
        return self.responses(seen).mean(dim=1)


class GlobalCritic(nn.Module):
    """Whether a whole sequence goes with its speech: 1D ResNet, global pooling, speech beside it, MLP."""

    def __init__(self, sizes: CriticSizes, feature_dim: int) -> None:
        super().__init__()
        self.by_frame = sizes.join == "frames"
        width = sizes.width
        self.norm, self.hear = nn.LayerNorm(feature_dim), nn.Linear(feature_dim, width)
        self.project = nn.Linear(sizes.numbers + (width if self.by_frame else 0), width)
        self.blocks = nn.Sequential(*(ResBlock1d(width, 5, norm=False) for _ in range(sizes.blocks)))
        self.mlp = nn.Sequential(nn.Linear(2 * width, width), nn.LeakyReLU(0.2), nn.Linear(width, 1))

    def forward(self, seen: Tensor, features: Tensor) -> Tensor:  # [B, T, N], [B, T, D] -> [B]
        heard = F.leaky_relu(self.hear(self.norm(features)), 0.2)
        x = self.project(torch.cat([seen, heard], dim=-1) if self.by_frame else seen)
        x = F.leaky_relu(self.blocks(x), 0.2).mean(dim=1)
        judged: Tensor = self.mlp(torch.cat([x, heard.mean(dim=1)], dim=-1)).squeeze(-1)
        return judged


Critic = Callable[[Tensor, Tensor], Tensor]
"""What is seen `[B, T, N]` and features `[B, T, D]` to judgements `[B]`."""


def seen_by(
    track: Tensor,  # [B, T, 9] in units of the clips' spread
    speed: Tensor | None,  # [2] root mean square difference of neighbouring frames: rotation, translation
) -> Tensor:  # [B, T, 18], or [B, T, 9] without a speed
    """What critics see of poses; a linear map. The first frame has no difference: zeros."""
    if speed is None:
        return track
    steps = torch.cat([torch.zeros_like(track[:, :1]), track.diff(dim=1)], dim=1)
    return torch.cat([track, steps / torch.cat([speed[:1].expand(6), speed[1:].expand(3)])], dim=-1)


def gradient_penalty(
    critic: Critic,
    real: Tensor,  # [B, T, N]
    fake: Tensor,  # [B, T, N]
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


def length_unit(seen: Tensor) -> float:
    """The length of a sequence `[.., T, N]` all of whose numbers are 1: with it the loss does not depend on T.

    Judgements then differ by about 1 between sequences that are as far apart as people's are, which a critic learns in
    few steps; with a length of 1 they would have to differ by this.
    """
    return math.sqrt(seen.shape[-2] * seen.shape[-1])


def critic_loss(
    critic: Critic, real: Tensor, fake: Tensor, features: Tensor, share: Tensor, penalty_weight: float
) -> Tensor:
    """Eq. 21. `fake` is taken as data: nothing reaches who made it."""
    fake = fake.detach()
    judged_fake, judged_real = critic(torch.cat([fake, real]), torch.cat([features, features])).chunk(2)
    wasserstein = judged_fake.mean() - judged_real.mean()
    return wasserstein + penalty_weight * gradient_penalty(critic, real, fake, features, share, length_unit(real))
