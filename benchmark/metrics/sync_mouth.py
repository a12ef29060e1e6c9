"""An estimate of sync without SyncNet: does the mouth open when the voice is loud?

The mouth's opening (landmarks) is correlated with the level of the speech band at every lag. Much cruder than SyncNet:
it needs speech with pauses and vowels, and says nothing about the right lip shapes. Sign as SyncNet's offset: positive
means that the sound comes before the picture.

Some lag is always the best one. Whether it says anything is decided by the same search in the same sound with its
blocks in random order, and with random phases, as a stranger's would be: only what stands out of both is a value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.features.lip_sync.distances import FPS, parabola_vertex
from benchmark.features.lip_sync.loudness import RATE_HZ
from benchmark.metrics.permuted import LEVEL, block_orders, chance_of, with_random_phases
from feed_dataset.core.faces.mesh_indices import LEFT_EYE_OUTER, RIGHT_EYE_OUTER

LIP_PAIRS = ((80, 88), (81, 178), (82, 87), (13, 14), (312, 317), (311, 402), (310, 318))
"""Inner upper and lower lip, from the subject's right to the left."""
MAX_LAG_S = 0.6  # as SyncNet's search, 15 frames of 40 ms
MIN_OVERLAP_S = 1.0
SMOOTHING_S = 0.1  # lips are slower than the voice's level
BLOCK_S = 0.3  # of sound that is permuted: about a syllable
_SAME = 1e-6  # seconds: times are rounded


@dataclass(frozen=True)
class LagResult:
    """What a search for the lag found.

    Args:
        lag_s: of greatest correlation; positive: the sound is early. A text says why the search says nothing.
        correlation: Pearson's r at that lag.
        by_chance: mean of the greatest r in sound with its blocks in random order.
        chance: share of searches, the true one among them, that find as much; of two kinds of strangers the greater.
    """

    lag_s: float | str
    correlation: float
    by_chance: float
    chance: float

    @property
    def lag_frames(self) -> float | str:
        """In frames of 40 ms, comparable with SyncNet's offset."""
        return self.lag_s if isinstance(self.lag_s, str) else self.lag_s * FPS


def mouth_opening(
    landmarks_px: np.ndarray,  # [T, 468, 3], NaN where missing
) -> np.ndarray:
    """Mean distance between the inner lips in outer eye corner distances, float64 [T]; NaN where missing."""
    points = np.asarray(landmarks_px, dtype=np.float64)
    upper, lower = (points[:, [pair[side] for pair in LIP_PAIRS]] for side in (0, 1))
    eyes = np.linalg.norm(points[:, RIGHT_EYE_OUTER] - points[:, LEFT_EYE_OUTER], axis=-1)
    with np.errstate(invalid="ignore"):  # frames without a face stay NaN
        opening: np.ndarray = np.linalg.norm(upper - lower, axis=-1).mean(axis=-1) / eyes
    return opening


def find_lag(
    opening: np.ndarray,  # [T], NaN where missing
    times_s: np.ndarray,  # [T], when each frame is shown; the first at the envelope's zero
    envelope: np.ndarray,  # [N] at 100 Hz
) -> LagResult | str:
    """The lag, or the reason why there is none."""
    moving = _at_envelope_rate(np.asarray(opening, dtype=np.float64), times_s)
    level = np.asarray(envelope, dtype=np.float64)
    reach = round(MAX_LAG_S * RATE_HZ)
    if not len(level) or not len(moving):
        return _TOO_LITTLE
    values = _correlations(moving, _smooth(level)[None], reach)[0]
    if np.isnan(values).any():
        return _TOO_LITTLE
    best = int(np.argmax(values))
    correlation = float(values[best])
    ordered = np.stack([_smooth(level[order]) for order in block_orders(len(level), round(BLOCK_S * RATE_HZ))])
    permuted = np.nan_to_num(_correlations(moving, ordered, reach), nan=-1.0)
    by_chance = float(permuted.max(axis=1).mean())
    lag: float | str = -(best - reach + parabola_vertex(values, best)) / RATE_HZ
    chance = _chance(moving, level, values, permuted, reach)
    if chance > LEVEL:
        lag = f"no peak: at some lag others' sound fits as well (r {correlation:.2f}, p {chance:.2f})"
    elif best in (0, 2 * reach):
        lag = f"the best lag is the end of the search, {MAX_LAG_S:g} s"
    return LagResult(lag, correlation, by_chance, chance)


def _chance(
    moving: np.ndarray,
    level: np.ndarray,
    values: np.ndarray,  # [S] r of the true sound
    permuted: np.ndarray,  # [K, S] r of its blocks in random order
    reach: int,
) -> float:
    """How often a stranger's sound fits as well: with blocks in random order or with random phases, the more often.

    Long overlaps count more, by the root of their length: the greatest of all correlations is that of a short one.
    """
    compared = np.sqrt(len(moving) - np.abs(np.arange(-reach, reach + 1)))
    best = float((values * compared).max())
    drawn = np.concatenate([rows[:, :, 0] for rows in with_random_phases(_smooth(level)[:, None])])
    others = np.nan_to_num(_correlations(moving, drawn, reach), nan=-1.0)
    return max(chance_of(best, (rows * compared).max(axis=1)) for rows in (permuted, others))


def _at_envelope_rate(opening: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Linear between frames, NaN beside missing ones; float64 [M] at 100 Hz."""
    if not len(opening):
        return opening
    since_s = times_s - times_s[0]
    moments_s = np.arange(int(since_s[-1] * RATE_HZ + _SAME) + 1) / RATE_HZ
    after = np.minimum(np.searchsorted(since_s, moments_s - _SAME, side="left"), len(opening) - 1)
    before = np.maximum(after - 1, 0)
    gap_s = since_s[after] - since_s[before]
    share = np.clip((moments_s - since_s[before]) / np.where(gap_s > 0, gap_s, 1.0), 0.0, 1.0)
    share = np.where(np.abs(moments_s - since_s[after]) <= _SAME, 1.0, share)
    # A weight of 0 must not let a missing neighbour in.
    first, second = np.where(share < 1, opening[before], 0.0), np.where(share > 0, opening[after], 0.0)
    out: np.ndarray = first * (1.0 - share) + second * share
    return out


def _smooth(level: np.ndarray) -> np.ndarray:
    width = round(SMOOTHING_S * RATE_HZ)
    kernel = np.hanning(width + 2)[1:-1]
    return np.convolve(level, kernel / kernel.sum(), mode="same") if len(level) > width else level


def _correlations(
    moving: np.ndarray,  # [M], NaN where missing
    levels: np.ndarray,  # [K, N]
    reach: int,
) -> np.ndarray:
    """Pearson's r of moving[n] with level[n + s] where both exist, s = -reach to reach, float64 [K, 2 reach + 1].

    NaN where that is too little. All levels at once: sums of products are products of matrices.
    """
    places = np.arange(levels.shape[1])[:, None] - np.arange(-reach, reach + 1)  # [N, S] of `moving`
    inside = (places >= 0) & (places < len(moving))
    beside = np.where(inside, moving[np.clip(places, 0, len(moving) - 1)], np.nan)
    here = np.isfinite(beside)
    first, weight, count = np.where(here, beside, 0.0), here.astype(np.float64), here.sum(axis=0)
    enough = count >= MIN_OVERLAP_S * RATE_HZ
    count = np.maximum(count, 1)
    sums = levels @ weight
    products = levels @ first - sums * (first.sum(axis=0) / count)
    squares = np.maximum((levels**2) @ weight - sums**2 / count, 0.0)
    own = np.maximum((first**2).sum(axis=0) - first.sum(axis=0) ** 2 / count, 0.0)
    spread = np.sqrt(squares * own)
    usable = enough & (spread > _LEAST_SPREAD)
    values: np.ndarray = np.divide(products, spread, out=np.full_like(products, np.nan), where=usable)
    return values


_LEAST_SPREAD = 1e-9
_TOO_LITTLE = f"too little to compare: every lag needs {MIN_OVERLAP_S:g} s of a moving mouth and a varying voice"
