"""How far lips and sound are apart at every offset, and what follows: offset, LSE-C and LSE-D.

Sign, as SyncNet's authors print their "AV offset": positive means that the sound comes before the picture that it
belongs to, by so many frames of 40 ms. Sound that is delayed by k frames lowers the offset by k.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FPS = 25
VSHIFT = 15
"""Offsets of up to so many frames either way are searched (run_syncnet.py; other scripts' 10 changes LSE-C)."""
MIN_WINDOWS = 10
"""Least number of windows behind the mean distance at an offset."""


@dataclass(frozen=True)
class SyncResult:
    """What the distances of one clip say.

    Args:
        offset_frames: offset of least mean distance, refined below a frame; positive: the sound is early.
        confidence: LSE-C, the median over offsets of the mean distance minus its minimum.
        distance: LSE-D, the minimum over offsets of the mean distance.
        n_windows: lip windows that entered.
    """

    offset_frames: float
    confidence: float
    distance: float
    n_windows: int

    @property
    def offset_s(self) -> float:
        return self.offset_frames / FPS


def sync_distances(
    lip: np.ndarray,  # [Tv, D], NaN rows where there is no face
    sound: np.ndarray,  # [Ta, D]
    vshift: int = VSHIFT,
) -> np.ndarray:
    """Euclidean distances float64 [Tv, 2 vshift + 1]: column k compares lip window i with sound window i + k - vshift.

    NaN where there is no such sound window: nothing is filled up. Raises ValueError for other shapes.
    """
    if lip.ndim != 2 or sound.ndim != 2 or lip.shape[1] != sound.shape[1]:
        raise ValueError(f"expected features [Tv, D] and [Ta, D] but got {list(lip.shape)} and {list(sound.shape)}")
    if vshift < 0:
        raise ValueError(f"expected a search of 0 offsets or more but got {vshift}")
    first, second = lip.astype(np.float64), sound.astype(np.float64)
    out = np.full((len(first), 2 * vshift + 1), np.nan)
    for column in range(2 * vshift + 1):
        shift = column - vshift
        start, end = max(0, -shift), min(len(first), len(second) - shift)
        if start < end:
            difference = first[start:end] - second[start + shift : end + shift]
            out[start:end, column] = np.sqrt(np.einsum("td,td->t", difference, difference))
    return out


def too_short(
    distances: np.ndarray,  # [Tv, 2 vshift + 1]
) -> str | None:
    """Why the distances cannot be summarised, or None when they can."""
    fewest = int(np.isfinite(distances).sum(axis=0).min()) if len(distances) else 0
    if fewest >= MIN_WINDOWS:
        return None
    vshift = distances.shape[1] // 2
    return f"too short: an offset within {vshift} frames has {fewest} windows to compare, {MIN_WINDOWS} are needed"


def summarise_sync(
    distances: np.ndarray,  # [Tv, 2 vshift + 1], NaN where not defined
) -> SyncResult:
    """Mean distance per offset over the windows that have one, its minimum, and median minus minimum.

    The offset below a frame is the vertex of the parabola through the minimum and its two neighbours; a minimum at
    the end of the search stays where it is. Raises ValueError when an offset has fewer than MIN_WINDOWS windows.
    """
    reason = too_short(distances)
    if reason is not None:
        raise ValueError(f"expected distances of a whole clip but they are {reason}")
    mean = np.nanmean(distances, axis=0)
    best = int(np.argmin(mean))
    column = best + parabola_vertex(mean, best)
    return SyncResult(
        offset_frames=distances.shape[1] // 2 - column,
        confidence=float(np.median(mean) - mean[best]),
        distance=float(mean[best]),
        n_windows=int(np.isfinite(distances).any(axis=1).sum()),
    )


def parabola_vertex(
    values: np.ndarray,  # [K]
    index: int,
) -> float:
    """Where between index - 0.5 and index + 0.5 the extreme at `index` lies, relative to it; 0 at the ends."""
    if not 0 < index < len(values) - 1:
        return 0.0
    before, here, after = (float(value) for value in values[index - 1 : index + 2])
    bend = before - 2.0 * here + after
    return 0.0 if bend == 0.0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
