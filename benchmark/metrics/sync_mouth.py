"""An estimate of sync without SyncNet: does the mouth open when the voice is loud?

The mouth's opening (landmarks) is correlated with the level of the speech band at every lag. Much cruder than SyncNet:
it needs speech with pauses and vowels, and says nothing about the right lip shapes. Sign as SyncNet's offset: positive
means that the sound comes before the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.features.lip_sync.distances import FPS, parabola_vertex
from benchmark.features.lip_sync.loudness import RATE_HZ
from feed_dataset.core.faces.mesh_indices import LEFT_EYE_OUTER, RIGHT_EYE_OUTER

LIP_PAIRS = ((80, 88), (81, 178), (82, 87), (13, 14), (312, 317), (311, 402), (310, 318))
"""Inner upper and lower lip, from the subject's right to the left."""
MAX_LAG_S = 0.6  # as SyncNet's search, 15 frames of 40 ms
MIN_OVERLAP_S = 1.0
SMOOTHING_S = 0.1  # lips are slower than the voice's level


@dataclass(frozen=True)
class LagResult:
    """Lag of greatest correlation; positive: the sound is early. `correlation` is Pearson's r at that lag."""

    lag_s: float
    correlation: float

    @property
    def lag_frames(self) -> float:
        """In frames of 40 ms, comparable with SyncNet's offset."""
        return self.lag_s * FPS


def mouth_opening(
    landmarks_px: np.ndarray,  # [T, 468, 3], NaN where missing
) -> np.ndarray:
    """Mean distance between the inner lips in outer eye corner distances, float64 [T]; NaN where missing."""
    points = np.asarray(landmarks_px, dtype=np.float64)
    upper, lower = (points[:, [pair[side] for pair in LIP_PAIRS]] for side in (0, 1))
    eyes = np.linalg.norm(points[:, RIGHT_EYE_OUTER] - points[:, LEFT_EYE_OUTER], axis=-1)
    opening: np.ndarray = np.linalg.norm(upper - lower, axis=-1).mean(axis=-1) / eyes
    return opening


def find_lag(
    opening: np.ndarray,  # [T], NaN where missing
    fps: float,
    envelope: np.ndarray,  # [N] at 100 Hz
) -> LagResult | str:
    """The lag, or the reason why there is none."""
    moving = _at_envelope_rate(np.asarray(opening, dtype=np.float64), fps)
    level = _smooth(np.asarray(envelope, dtype=np.float64))
    reach = round(MAX_LAG_S * RATE_HZ)
    values = np.array([_correlation(moving, level, shift) for shift in range(-reach, reach + 1)])
    if np.isnan(values).any():
        return f"too little to compare: every lag needs {MIN_OVERLAP_S:g} s of a moving mouth and a varying voice"
    best = int(np.argmax(values))
    shift = best - reach + parabola_vertex(values, best)
    return LagResult(lag_s=-shift / RATE_HZ, correlation=float(values[best]))


def _at_envelope_rate(opening: np.ndarray, fps: float) -> np.ndarray:
    """Linear between frames, NaN beside missing ones; float64 [M] at 100 Hz."""
    if not len(opening):
        return opening
    places = np.arange(int((len(opening) - 1) / fps * RATE_HZ) + 1) * (fps / RATE_HZ)
    before = np.minimum(places.astype(int), len(opening) - 1)
    after = np.minimum(before + 1, len(opening) - 1)
    share = places - before
    # A weight of 0 must not let a missing neighbour in.
    second = np.where(share > 0, opening[after], 0.0)
    out: np.ndarray = opening[before] * (1.0 - share) + second * share
    return out


def _smooth(level: np.ndarray) -> np.ndarray:
    width = round(SMOOTHING_S * RATE_HZ)
    kernel = np.hanning(width + 2)[1:-1]
    return np.convolve(level, kernel / kernel.sum(), mode="same") if len(level) > width else level


def _correlation(moving: np.ndarray, level: np.ndarray, shift: int) -> float:
    """Pearson's r of moving[n] with level[n + shift] where both exist; NaN where that is too little."""
    start, end = max(0, -shift), min(len(moving), len(level) - shift)
    if end - start < MIN_OVERLAP_S * RATE_HZ:
        return float("nan")
    first, second = moving[start:end], level[start + shift : end + shift]
    here = np.isfinite(first)
    if here.sum() < MIN_OVERLAP_S * RATE_HZ:
        return float("nan")
    first, second = first[here] - first[here].mean(), second[here] - second[here].mean()
    spread = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / spread if spread > 1e-9 else float("nan")
