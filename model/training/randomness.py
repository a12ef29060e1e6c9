"""Random numbers as pure functions of seed, step and sample: nothing to store, and nothing that a resume can lose."""

from __future__ import annotations

import numpy as np
import torch


def step_rng(seed: int, step: int, *sample: int) -> np.random.Generator:
    """The generator of a step, or of one sample of it; independent of every other one and of what ran before."""
    # Not (seed, step, *sample): a seed sequence takes trailing zeros for nothing.
    return np.random.default_rng(np.random.SeedSequence((seed, step), spawn_key=sample))


def seed_dropout(seed: int, step: int, *part: int) -> None:
    """Make what networks themselves draw during a step (dropout) a function of seed, step and part of the batch."""
    torch.manual_seed(int(step_rng(seed, step, *part).integers(2**62)))
