"""By how much the clocks of a take's cameras differ, and drift: from sound where all have it, else from motion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from feed_dataset.cameras.correlation import Lag, find_lag
from feed_dataset.cameras.drift import Drift, find_drift
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.core.media.audio import read_audio, resample
from feed_dataset.core.media.audio_blocks import MAX_HOLE_S
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.types import Audio

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

    A presentation time t of a view is t (1 + drifts_ppm[view] / 1e6) + offsets_s[view] on the clock of the reference:
    pass both mappings to `Take.frames`. They are 0 where the estimate is not reliable.
    """

    reference: str
    method: Literal["audio", "motion"]
    offsets_s: Mapping[str, float]  # at time 0 of the view
    drifts_ppm: Mapping[str, float]  # by how much the view's clock is slow; 0 where it comes from motion
    confidence: Mapping[str, float]  # 0 ... 1; from RELIABLE on it is believed; 1 for the reference

    def is_reliable(self, view: str) -> bool:
        return self.confidence[view] >= RELIABLE

    def late_s(self, view: str, length_s: float) -> float:
        """By how much the view is late at the start or the end of a take, whichever is more; negative where early."""
        start_s = self.offsets_s[view]
        end_s = start_s + self.drifts_ppm[view] * 1e-6 * length_s
        return -max(start_s, end_s, key=abs)


def audit_sync(
    paths: Mapping[str, Path], reference: str = "C", *, max_offset_s: float = MAX_OFFSET_S, motion_s: float = MOTION_S
) -> SyncAudit:
    """Estimate the offset of every view against `reference`, and by how much its clock drifts.

    Sound: GCC-PHAT, good to about a millisecond; the lags of windows give the drift. Motion: correlation of how much
    the pictures change, from the first `motion_s` seconds, good to a fraction of a frame; no drift. Raises FeedError
    and VideoDecodeError.
    """
    if reference not in paths:
        raise FeedError(unknown("reference view", reference, paths))
    sounds = _sounds(paths)
    if sounds is None:
        return _from_motion(paths, reference, max_offset_s, motion_s)
    start_s, samples = sounds

    def find(first: np.ndarray, second: np.ndarray) -> Lag:
        return find_lag(
            first,
            second,
            _AUDIO_HZ,
            max_lag_s=max_offset_s,
            peak_width_s=0.01,
            whitening=0.8,
            band_hz=_AUDIO_BAND_HZ,
        )

    found = {v: find_drift(samples[reference], samples[v], _AUDIO_HZ, find) for v in paths if v != reference}
    doubt = dict.fromkeys(found, _AUDIO_DOUBT)
    return _audit("audio", reference, paths, found, doubt, start_s)


def _from_motion(paths: Mapping[str, Path], reference: str, max_offset_s: float, motion_s: float) -> SyncAudit:
    motions = {view: motion_energy(path, motion_s) for view, path in paths.items()}
    doubt: dict[str, float] = {}
    found: dict[str, Drift] = {}
    for view in paths:
        first, second = on_one_clock(motions[reference], motions[view])
        doubt[view] = _MOTION_DOUBT + _MOTION_DOUBT_S * _MOTION_HZ / len(first)
        lag = find_lag(
            first,
            second,
            _MOTION_HZ,
            max_lag_s=max_offset_s,
            peak_width_s=0.5,
            whitening=0.3,
            band_hz=_MOTION_BAND_HZ,
        )
        found[view] = Drift(lag, 0.0)
    return _audit("motion", reference, paths, found, doubt, 0.0)


def _audit(
    method: Literal["audio", "motion"],
    reference: str,
    views: Iterable[str],
    found: Mapping[str, Drift],
    doubt: Mapping[str, float],
    start_s: float,  # time of the first value of all signals
) -> SyncAudit:
    offsets_s, drifts_ppm, confidence = {}, {}, {}
    for view in views:
        if view == reference:
            offsets_s[view], drifts_ppm[view], confidence[view] = 0.0, 0.0, 1.0
            continue
        lag, ppm = found[view].lag, found[view].ppm
        confidence[view] = lag.distinctness / (lag.distinctness + doubt[view])
        is_believed = confidence[view] >= RELIABLE
        offsets_s[view] = -lag.lag_s - start_s * ppm * 1e-6 if is_believed else 0.0
        drifts_ppm[view] = ppm if is_believed else 0.0
    return SyncAudit(reference, method, offsets_s, drifts_ppm, confidence)


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


def _sounds(paths: Mapping[str, Path]) -> tuple[float, dict[str, np.ndarray]] | None:
    """(time of sample 0, every view's sound at _AUDIO_HZ), or None where one has none or is silent."""
    sounds: dict[str, Audio] = {}
    for view, path in paths.items():
        sound = read_audio(path, None)
        if sound is None or float(np.sqrt(np.mean(np.square(sound.samples)))) < _QUIET_RMS:
            return None
        sounds[view] = sound
    start_s = min(sound.start_s for sound in sounds.values())
    samples = {}
    for view, sound in sounds.items():
        late = round((sound.start_s - start_s) * _AUDIO_HZ)
        if late > MAX_HOLE_S * _AUDIO_HZ:
            later = f"{late / _AUDIO_HZ:.0f} s later than the others'"
            raise FeedError(f"expected cameras on one clock but the sound of {paths[view]} begins {later}")
        samples[view] = np.pad(resample(sound.samples, sound.sample_rate_hz, _AUDIO_HZ), (late, 0))
    return start_s, samples
