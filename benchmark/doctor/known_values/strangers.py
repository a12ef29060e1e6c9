"""What a search for a lag finds in strangers, found again: blocks in random order, and waves with random phases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

N_STRANGERS = 199


def in_random_order(rows: np.ndarray, block: int) -> list[np.ndarray]:
    """The rows 199 times: turned by a random amount, then their blocks in random order."""
    random, found = np.random.default_rng(0), []
    for _ in range(N_STRANGERS):
        start = len(rows) - int(random.integers(len(rows)))
        turned = np.roll(rows, -start, axis=0)
        cuts = range(0, len(rows), block)
        found.append(np.concatenate([turned[block * n : block * n + block] for n in random.permutation(len(cuts))]))
    return found


def with_random_phases(rows: np.ndarray) -> list[np.ndarray]:
    """The rows 199 times, as a sum of waves of whole numbers of periods in twice their length, each shifted at will."""
    count = len(rows)
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, (N_STRANGERS, count + 1))
    angles = np.pi * np.outer(np.arange(count + 1), np.arange(count)) / count
    waves = np.exp(-1j * angles) @ (rows - rows.mean(axis=0))
    waves[1:-1] *= 2
    back, turned = np.exp(1j * angles.T), waves[:, None] if waves.ndim == 1 else waves
    found = [np.real(back @ (np.exp(1j * shift)[:, None] * turned)) / (2 * count) for shift in phases]
    return [one.reshape(rows.shape) for one in found]


def chance(search: Callable[[np.ndarray], float], true: np.ndarray, others: Sequence[Sequence[np.ndarray]]) -> float:
    """The share that finds as much as the true one, itself among them: of all kinds of strangers the greatest."""
    best = search(true)
    counts = [1 + sum(search(one) >= best for one in kind) for kind in others]
    return max(counts) / (1 + N_STRANGERS)
