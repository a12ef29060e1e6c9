"""Does the output move as the reference does, be it later? Correlation of velocities at the best lag, and the lag.

M_V and F_V compare frame t with frame t, so that a frozen face is nearer to the truth than perfect motion that comes
late. Beside them stands what a lag does not hide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.features.lip_sync.distances import parabola_vertex
from benchmark.metrics.permuted import LEVEL, block_orders, chance_of, with_random_phases
from benchmark.metrics.unasked import REFERENCE_DOES_NOT_MOVE

MAX_LAG_FRAMES = 15
MIN_PAIRS = 12
BLOCK_FRAMES = 5
MIN_PAIRS_OF_LAG = 5 * BLOCK_FRAMES
"""Fewer blocks have too few orders to tell 5 % by."""
HELD = 0.999
STILL = 1e-9
"""Share of the reference's velocity below which an output does not move."""


@dataclass(frozen=True)
class VelocityLag:
    """Best agreement of two motions.

    Args:
        correlation: at the best lag; 0 for an output that does not move.
        lag_frames: of the best agreement, positive where the output is late; a text says why there is none.
        chance: how often a stranger's motion fits as well; 1 where that was not asked.
    """

    correlation: float
    lag_frames: float | str
    chance: float = 1.0


def find_velocity_lag(
    output: np.ndarray,  # [T, D] velocities, NaN rows where missing
    reference: np.ndarray,  # [T, D]
) -> VelocityLag | str:
    """The lag within +-15 frames, or a third of the clip, at which both move most alike; or why nothing can be said."""
    here, there = (np.isfinite(rows).all(axis=1) for rows in (output, reference))
    both = int((here & there).sum())
    reach = min(MAX_LAG_FRAMES, both // 3)
    if both < MIN_PAIRS:
        return f"too little to compare: {both} pairs of neighbouring frames, and {MIN_PAIRS} are needed"
    moving, truth = (np.where(ok[:, None], rows, 0.0) for ok, rows in ((here, output), (there, reference)))
    moving, truth = moving - _mean(moving, here), truth - _mean(truth, there)
    moving[~here], truth[~there] = 0.0, 0.0
    energy = float((truth**2).sum())
    if energy == 0.0:
        return REFERENCE_DOES_NOT_MOVE
    if float((moving**2).sum()) <= STILL * energy:
        return VelocityLag(0.0, "output: does not move")
    values = _by_lag(moving, here, truth[None], there, reach)[0]
    best = int(np.argmax(values))
    correlation = float(values[best])
    if len(truth) < MIN_PAIRS_OF_LAG:
        return VelocityLag(correlation, f"too short to tell a lag from chance: {MIN_PAIRS_OF_LAG} pairs are needed")
    chance = _chance(moving, here, truth, there, reach)
    lag: float | str = best - reach + parabola_vertex(values, best)
    if chance > LEVEL:
        lag = f"no peak: others' motion correlates as much at some lag (r {correlation:.2f}, p {chance:.2f})"
    elif best in (0, 2 * reach):
        lag = f"the best lag is the end of the search, {reach} frames"
    return VelocityLag(correlation, lag, chance)


def _chance(moving: np.ndarray, here: np.ndarray, truth: np.ndarray, there: np.ndarray, reach: int) -> float:
    """How often a stranger's motion fits as well: in blocks in random order or with random phases, the more often.

    Long overlaps count more, by the root of their length: the greatest of all correlations is that of a short one.
    """
    moving, truth = _in_few_axes(moving, truth)
    compared = np.sqrt(len(truth) - np.abs(np.arange(-reach, reach + 1)))

    def greatest(rows: np.ndarray) -> np.ndarray:
        found: np.ndarray = (_by_lag(moving, here, rows, there, reach) * compared).max(axis=1)
        return found

    best = float(greatest(truth[None])[0])
    ordered = greatest(truth[block_orders(len(truth), BLOCK_FRAMES)])
    drawn = np.concatenate([greatest(_centred(rows, there)) for rows in with_random_phases(truth)])
    return max(chance_of(best, ordered), chance_of(best, drawn))


def _in_few_axes(moving: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both motions along the principal axes of the reference's that hold 99.9 % of it: a tenth of the columns."""
    _, sizes, axes = np.linalg.svd(truth, full_matrices=False)
    held = np.cumsum(sizes**2) / np.sum(sizes**2)
    kept = axes[: int(np.searchsorted(held, HELD)) + 1].T
    return moving @ kept, truth @ kept


def _centred(rows: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Copies of a motion less their mean over the frames that exist; the others are left out."""
    kept = rows[:, usable]
    out = np.zeros_like(rows)
    out[:, usable] = kept - kept.mean(axis=1, keepdims=True)
    return out


def _mean(rows: np.ndarray, usable: np.ndarray) -> np.ndarray:
    mean: np.ndarray = rows.sum(axis=0) / usable.sum()
    return mean


def _by_lag(
    moving: np.ndarray,  # [T, D], 0 where missing
    here: np.ndarray,  # [T] where it is not missing
    references: np.ndarray,  # [K, T, D], 0 where missing
    there: np.ndarray,  # [T]
    reach: int,
) -> np.ndarray:
    """Correlation of the output at t + k with each reference at t, k = -reach to reach; float64 [K, 2 reach + 1]."""
    count = len(moving)
    own, others = (moving**2).sum(axis=1), (references**2).sum(axis=2)
    values = np.zeros((len(references), 2 * reach + 1))
    for place, lag in enumerate(range(-reach, reach + 1)):
        late, early = slice(max(lag, 0), count + min(lag, 0)), slice(max(-lag, 0), count - max(lag, 0))
        top = references[:, early].reshape(len(references), -1) @ moving[late].ravel()
        spread = np.sqrt((own[late] @ there[early]) * (others[:, early] @ here[late]))
        np.divide(top, spread, out=values[:, place], where=spread > 0)
    return values
