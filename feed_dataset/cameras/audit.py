"""By how much the clocks of a take's cameras differ: from the sound where all have it, else from the motion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from feed_dataset.cameras.correlation import Lag, find_lag
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.reader import open_reader

MAX_OFFSET_S = 5.0
MOTION_S = 60.0  # of each video: decoding a whole 4K take to estimate one number is not worth it
RELIABLE = 0.5
"""Confidence below which an offset is not believed."""
# Distinctness of a correlation that is as likely right as wrong: above it, none of some hundred simulated pairs of
# unrelated signals of this length came out. Motion has few independent values, so short videos need more.
_AUDIO_DOUBT = 0.012
_MOTION_DOUBT, _MOTION_DOUBT_S = 0.12, 0.8  # the second is divided by the length
_AUDIO_HZ = 16_000
_AUDIO_BAND_HZ = (100.0, 6000.0)  # rumble differs between microphones, and codecs cut what is above
_MOTION_HZ = 200.0
_MOTION_BAND_HZ = (0.3, 8.0)
_LUMA_PX = 48
_QUIET_RMS = 1e-4


@dataclass(frozen=True)
class SyncAudit:
    """Offsets of the cameras of a take against one of them.

    Adding `offsets_s[view]` to the presentation times of a view puts it on the clock of the reference: pass the
    mapping to `Take.frames`. It is 0 where the estimate is not reliable.
    """

    reference: str
    method: Literal["audio", "motion"]
    offsets_s: Mapping[str, float]
    confidence: Mapping[str, float]  # 0 ... 1; from RELIABLE on it is believed; 1 for the reference

    def is_reliable(self, view: str) -> bool:
        return self.confidence[view] >= RELIABLE


def audit_sync(
    paths: Mapping[str, Path], reference: str = "C", *, max_offset_s: float = MAX_OFFSET_S, motion_s: float = MOTION_S
) -> SyncAudit:
    """Estimate the offset of every view against `reference`.

    Sound: GCC-PHAT, good to about a millisecond. Motion: correlation of how much the pictures change, from the first
    `motion_s` seconds, good to a fraction of a frame. Raises FeedError and VideoDecodeError.
    """
    if reference not in paths:
        raise FeedError(unknown("reference view", reference, paths))
    sounds = _sounds(paths)
    lags: dict[str, Lag] = {}
    doubt = dict.fromkeys(paths, _AUDIO_DOUBT)
    if sounds is not None:
        for view, samples in sounds.items():
            lags[view] = find_lag(
                sounds[reference],
                samples,
                _AUDIO_HZ,
                max_lag_s=max_offset_s,
                peak_width_s=0.01,
                whitening=0.8,
                band_hz=_AUDIO_BAND_HZ,
            )
    else:
        motions = {view: motion_energy(path, motion_s) for view, path in paths.items()}
        for view in paths:
            first, second = on_one_clock(motions[reference], motions[view])
            doubt[view] = _MOTION_DOUBT + _MOTION_DOUBT_S * _MOTION_HZ / len(first)
            lags[view] = find_lag(
                first,
                second,
                _MOTION_HZ,
                max_lag_s=max_offset_s,
                peak_width_s=0.5,
                whitening=0.3,
                band_hz=_MOTION_BAND_HZ,
            )
    confidence = {view: lag.distinctness / (lag.distinctness + doubt[view]) for view, lag in lags.items()}
    offsets_s = {view: -lag.lag_s if confidence[view] >= RELIABLE else 0.0 for view, lag in lags.items()}
    offsets_s[reference], confidence[reference] = 0.0, 1.0
    return SyncAudit(reference, "motion" if sounds is None else "audio", offsets_s, confidence)


@dataclass(frozen=True, eq=False)
class Motion:
    """How much a video changes from frame to frame."""

    times_s: np.ndarray  # float64 [N], midway between two frames
    energy: np.ndarray  # float64 [N], mean absolute change of luma per second, as a square root


def motion_energy(path: Path | str, seconds: float = MOTION_S) -> Motion:
    """Motion of the first `seconds` of a video, from tiny pictures. Raises VideoDecodeError."""
    with open_reader(path) as reader:
        times_s = reader.index.times_s
        stop = int(np.searchsorted(times_s, times_s[0] + seconds))
        lumas = [picture.mean(2, dtype=np.float32) for _, picture in reader.stream(0, stop, _LUMA_PX)]
    gaps_s = np.maximum(np.diff(times_s[:stop]), 1e-3)
    change = [np.abs(b - a).mean() for a, b in zip(lumas, lumas[1:], strict=False)]
    return Motion((times_s[: stop - 1] + times_s[1:stop]) / 2, np.sqrt(np.array(change) / gaps_s))


def on_one_clock(first: Motion, second: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Both signals at _MOTION_HZ from the same moment; constant beyond their ends."""
    if not len(first.times_s) or not len(second.times_s):
        return np.zeros(2), np.zeros(2)
    start = min(first.times_s[0], second.times_s[0])
    stop = max(first.times_s[-1], second.times_s[-1])
    grid = np.arange(start, stop, 1 / _MOTION_HZ)
    pair = []
    for motion in (first, second):
        inside = (grid >= motion.times_s[0]) & (grid <= motion.times_s[-1])
        level = np.interp(grid, motion.times_s, motion.energy)
        pair.append(np.where(inside, level - level[inside].mean(), 0.0) if inside.any() else np.zeros(len(grid)))
    return pair[0], pair[1]


def _sounds(paths: Mapping[str, Path]) -> dict[str, np.ndarray] | None:
    """Every view's sound at _AUDIO_HZ, or None where one has none or is silent."""
    from scipy.signal import resample_poly

    sounds: dict[str, np.ndarray] = {}
    for view, path in paths.items():
        sound = read_audio(path)
        if sound is None or float(np.sqrt(np.mean(np.square(sound.samples)))) < _QUIET_RMS:
            return None
        same_rate = sound.sample_rate_hz == _AUDIO_HZ
        sounds[view] = sound.samples if same_rate else resample_poly(sound.samples, _AUDIO_HZ, sound.sample_rate_hz)
    return sounds
