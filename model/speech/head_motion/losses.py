"""Losses of the generator (Eq. 18-20, 22), on poses in units of the training clips' spread.

The paper sums over frames; here they are means, a constant factor at one length, so that weights hold for any length.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import torch
from torch import Tensor

from model.speech.head_motion.critics import Critic, seen_by
from model.speech.head_motion.rotation import ROTATION, TRANSLATION
from model.speech.head_motion.training_config import MotionWeights


def l1(a: Tensor, b: Tensor) -> Tensor:  # [B, T, C] each
    """Sum over what a frame has, mean over frames."""
    return (a - b).abs().sum(dim=-1).mean()


def generator_terms(
    made: Tensor,  # [B, T, 9]
    truth: Tensor,  # [B, T, 9]
    features: Tensor,  # [B, T, D]
    critics: Iterable[Critic],
    speed: Tensor | None,  # [2] as `seen_by` takes it
) -> dict[str, Tensor]:
    """Terms of Eq. 18, by the names of their weights, before weighting."""
    seen = seen_by(made, speed)
    judged = torch.stack([critic(seen, features).mean() for critic in critics])
    return {
        "rotation": l1(made[..., ROTATION], truth[..., ROTATION]),
        "translation": l1(made[..., TRANSLATION], truth[..., TRANSLATION]),
        "smooth": l1(made[:, 1:], made[:, :-1]),
        "adversarial": -judged.sum(),
    }


def weighted(terms: dict[str, Tensor], weights: MotionWeights) -> Tensor:
    """Eq. 18."""
    factors = asdict(weights)
    return torch.stack([factors[name] * value for name, value in terms.items()]).sum()
