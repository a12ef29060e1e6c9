"""What a search for the best lag finds where there is nothing to be found: the same search on permuted blocks.

Blocks keep what neighbouring values have in common (a syllable, a nod), and their order is what a stranger's would be.
"""

from __future__ import annotations

import numpy as np

N_PERMUTED = 199
LEVEL = 0.05
"""Of N permuted searches and the true one, a true one that is among the best 5 % stands out."""


def block_orders(length: int, block: int, seed: int = 0) -> np.ndarray:
    """Row numbers in which blocks of `block` neighbours change places, int64 [N_PERMUTED, length].

    Where the first block begins is drawn for each row anew: the last values come first. Deterministic.
    """
    if block < 1 or length < 1:
        raise ValueError(f"expected a length and blocks of at least 1 but got {length} and {block}")
    rng = np.random.default_rng(seed)
    orders = np.empty((N_PERMUTED, length), np.int64)
    for row in orders:
        turned = np.roll(np.arange(length), int(rng.integers(length)))
        blocks = [turned[start : start + block] for start in range(0, length, block)]
        row[:] = np.concatenate([blocks[place] for place in rng.permutation(len(blocks))])
    return orders


def chance_of(
    best: float,
    permuted: np.ndarray,  # [N_PERMUTED] the same search on permuted values
) -> float:
    """Share of searches, the true one among them, that found as much by chance: the permutation test's p."""
    return float(1 + np.count_nonzero(permuted >= best)) / (1 + len(permuted))
