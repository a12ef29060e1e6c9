"""What a seed adds to speech: noise as a function of seed and frame, so that any part of it can be made alone."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

KNOT_FRAMES = (8, 32)
"""A third and 1.3 seconds at 25 frames a second: heads hardly turn faster than what is smooth between such knots."""
_BLOCK = 256


def motion_noise(
    seed: int,
    first: int,
    count: int,
    size: int,  # even
) -> Tensor:  # [count, size]
    """Noise of frames `first` to `first + count`, of mean 0 and variance 1, smooth between knots.

    The first half of its numbers has knots every 8 frames, the second half every 32.
    """
    parts = [_smooth(seed, kind, first, count, size // 2) for kind in range(len(KNOT_FRAMES))]
    return torch.from_numpy(np.concatenate(parts, axis=1)).float()


def _smooth(seed: int, kind: int, first: int, count: int, size: int) -> np.ndarray:  # [count, size]
    place = np.arange(first, first + count) / KNOT_FRAMES[kind]
    knot = np.floor(place).astype(int)
    begin, end = (int(knot[0]), int(knot[-1])) if count else (0, 0)
    knots = _normal(seed, kind, begin, end - begin + 2, size)
    share = place - knot
    angle = (np.pi / 2) * (share * share * (3 - 2 * share))[:, None]  # without a bend at the knots
    # cos^2 + sin^2 = 1: the variance is the same everywhere.
    mixed: np.ndarray = np.cos(angle) * knots[knot - begin] + np.sin(angle) * knots[knot - begin + 1]
    return mixed


def _normal(seed: int, kind: int, first: int, count: int, size: int) -> np.ndarray:  # [count, size]
    """Rows of an endless table of normal numbers."""
    blocks = range(first // _BLOCK, (first + count - 1) // _BLOCK + 1)
    rows = [
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(kind, block))).standard_normal((_BLOCK, size))
        for block in blocks
    ]
    start = first - blocks[0] * _BLOCK
    return np.concatenate(rows)[start : start + count]
