"""The numbers of the historical lip sync script from the features that `legacy.py` makes. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmark.features.lip_sync.distances import VSHIFT

FEATURES = 1024
COLUMNS = 2 + FEATURES
"""Of the extractor's rows: number of the track, first frame of the window, features."""
_SPARE_WINDOWS = 5  # lastframe = min_length - 5, where a window of five frames fits one more
_EPS = 1e-6  # torch.nn.functional.pairwise_distance adds it to every difference


@dataclass(frozen=True)
class LegacyResult:
    """What the historical script prints for one face track."""

    offset_frames: int
    confidence: float
    distance: float
    n_windows: int


def track_rows(
    number: int,
    first_frame: int,
    lip: np.ndarray,  # [K, 1024]
) -> np.ndarray:
    """One track's part of the extractor's rows, float32 [K, 1026]."""
    head = np.stack([np.full(len(lip), number), first_frame + np.arange(len(lip))], axis=1)
    return np.concatenate([head, lip], axis=1).astype(np.float32)


def score_tracks(
    rows: np.ndarray,  # [N, 1026] of the extractor
    sound: np.ndarray,  # [Ta, 1024] of the whole sound
) -> list[LegacyResult]:
    """Results of the tracks that the sound leaves a window of, in their order."""
    results = []
    for number in np.unique(rows[:, 0]):
        track = rows[rows[:, 0] == number]
        first, frames = int(track[0, 1]), len(track) + _SPARE_WINDOWS - 1
        # The script counts whole frames of sound; a window of sound needs 15 ms more than its five frames.
        sound_frames = len(sound) + _SPARE_WINDOWS - first
        count = min(frames, sound_frames) - _SPARE_WINDOWS
        if count > 0:
            results.append(legacy_result(track[:count, 2:], sound[first : first + count]))
    return results


def legacy_result(
    lip: np.ndarray,  # [N, 1024]
    sound: np.ndarray,  # [N, 1024]
    vshift: int = VSHIFT,
) -> LegacyResult:
    """Offset, confidence and minimum distance as the script computes them: zeros where there is no sound window.

    Raises ValueError for features of different length, none, or not finite.
    """
    if not (np.isfinite(lip).all() and np.isfinite(sound).all()):
        raise ValueError("expected finite features but got NaN or infinity")
    if lip.shape != sound.shape or not len(lip):
        raise ValueError(f"expected features of equal length but got {list(lip.shape)} and {list(sound.shape)}")
    padded = np.pad(sound.astype(np.float64), ((vshift, vshift), (0, 0)))
    columns = []
    for column in range(2 * vshift + 1):
        difference = lip.astype(np.float64) - padded[column : column + len(lip)] + _EPS
        columns.append(np.sqrt(np.einsum("td,td->t", difference, difference)).mean())
    mean = np.array(columns)
    best = int(np.argmin(mean))
    return LegacyResult(vshift - best, float(np.median(mean) - mean[best]), float(mean[best]), len(lip))
