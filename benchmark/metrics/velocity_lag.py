"""Does the output move as the reference does, be it later? Correlation of velocities at the best lag, and the lag.

M_V and F_V compare frame t with frame t, so that a frozen face is nearer to the truth than perfect motion that comes
late. Beside them stands what a lag does not hide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.features.lip_sync.distances import parabola_vertex
from benchmark.metrics.permuted import LEVEL, block_orders, chance_of

MAX_LAG_FRAMES = 15
MIN_PAIRS = 12
BLOCK_FRAMES = 5
STILL = 1e-9
"""Share of the reference's velocity below which an output does not move."""


@dataclass(frozen=True)
class VelocityLag:
    """Best agreement of two motions.

    Args:
        correlation: at the best lag; 0 for an output that does not move.
        lag_frames: of the best agreement, positive where the output is late; a text says why there is none.
    """

    correlation: float
    lag_frames: float | str


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
        return "reference: does not move"
    if float((moving**2).sum()) <= STILL * energy:
        return VelocityLag(0.0, "output: does not move")
    parts = moving @ truth.T, np.outer((moving**2).sum(axis=1), there), np.outer(here, (truth**2).sum(axis=1))
    values = _by_lag(parts, np.arange(len(truth)), reach)
    best = int(np.argmax(values))
    permuted = np.array([_by_lag(parts, order, reach).max() for order in block_orders(len(truth), BLOCK_FRAMES)])
    correlation = float(values[best])
    if chance_of(correlation, permuted) > LEVEL:
        return VelocityLag(correlation, f"no peak: permuted motion correlates as much at some lag ({correlation:.2f})")
    if best in (0, 2 * reach):
        return VelocityLag(correlation, f"the best lag is the end of the search, {reach} frames")
    return VelocityLag(correlation, best - reach + parabola_vertex(values, best))


def _mean(rows: np.ndarray, usable: np.ndarray) -> np.ndarray:
    mean: np.ndarray = rows.sum(axis=0) / usable.sum()
    return mean


def _by_lag(parts: tuple[np.ndarray, ...], order: np.ndarray, reach: int) -> np.ndarray:
    """Correlation of output at t + k with reference at order[t], for k = -reach to reach.

    Args:
        parts: for each output and reference frame [T, T] the product of both velocities, and the square of each where
            the other exists.
    """
    count = len(order)
    frames = np.arange(count) + np.arange(-reach, reach + 1)[:, None]
    inside = (frames >= 0) & (frames < count)
    places = np.clip(frames, 0, count - 1)
    top, one, other = ((part[places, order] * inside).sum(axis=1) for part in parts)
    spread = np.sqrt(one * other)
    values: np.ndarray = np.divide(top, spread, out=np.zeros_like(top), where=spread > 0)
    return values
