"""What a search for the best lag finds where there is nothing to be found: the same search in two kinds of strangers.

Blocks in random order keep what neighbouring values have in common (a syllable, a blink), but forget what lasts longer
than a block: slow motion fits slow motion at some lag. Random phases keep how slow a signal is (its autocorrelation),
but forget the shape of an event. A true search says something where it stands out of both.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

N_PERMUTED = 199
LEVEL = 0.05
"""Of N permuted searches and the true one, a true one that is among the best 5 % stands out."""
_AT_ONCE = 20


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


def with_random_phases(
    rows: np.ndarray,  # [T, D]
    seed: int = 0,
) -> Iterator[np.ndarray]:
    """N_PERMUTED copies of a signal with the phases of its frequencies drawn anew, float64 [some, T, D] at a time.

    One phase for all columns, so that they move together as they did (Prichard and Theiler 1994). The signal, less its
    mean, is continued with zeros to twice its length: its end is no neighbour of its beginning. Deterministic.
    """
    length = len(rows)
    if length < 1:
        raise ValueError("expected at least one row but got none")
    phases = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, (N_PERMUTED, length + 1))
    spectrum = np.fft.rfft(rows - rows.mean(axis=0), n=2 * length, axis=0)
    for start in range(0, N_PERMUTED, _AT_ONCE):
        turned = spectrum * np.exp(1j * phases[start : start + _AT_ONCE, :, None])
        yield np.fft.irfft(turned, n=2 * length, axis=1)[:, :length]


def chance_of(
    best: float,
    permuted: np.ndarray,  # [N_PERMUTED] the same search on permuted values
) -> float:
    """Share of searches, the true one among them, that found as much by chance: the permutation test's p."""
    return float(1 + np.count_nonzero(permuted >= best)) / (1 + len(permuted))
