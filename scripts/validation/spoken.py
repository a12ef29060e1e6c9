"""Whether a spoken clip's mouth and head go with its sound, by estimates that read nothing but tracks of both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feed_dataset.synthetic.motion.speech import mouth_coefficients
from feed_dataset.synthetic.motion.talking import loudness
from feed_dataset.synthetic.voices.clips import SpokenClip

HZ = 100
"""Of the tracks that are compared."""
_LONGEST_LAG = 40  # steps
_FLOOR = 0.02  # of the loudest moment, below which a logarithm would be of noise
_SILENT = 0.01
_AROUND = 15  # steps: a mouth may open so early, and shut so late


def opening(clip: SpokenClip) -> np.ndarray:
    """How far the lips are apart, [N] at HZ."""
    times_s = np.arange(round(clip.utterance.duration_s * HZ)) / HZ
    shapes = mouth_coefficients(clip.utterance, times_s)
    return np.array(
        [s.get("jawOpen", 0) + 0.3 * s.get("mouthLowerDownLeft", 0) - s.get("mouthClose", 0) for s in shapes]
    )


def energy(samples: np.ndarray, rate_hz: int) -> np.ndarray:  # [N] at HZ
    """RMS of a sound around the same times."""
    half = rate_hz // HZ
    padded = np.pad(samples.astype(np.float64), half)
    starts = np.arange(round(len(samples) / rate_hz * HZ)) * rate_hz // HZ
    return np.sqrt(np.array([np.mean(padded[start : start + 2 * half] ** 2) for start in starts]))


def level_lag_s(
    opening: np.ndarray,  # [N] at HZ
    sound: np.ndarray,  # [N] `energy`
) -> float:
    """How late the mouth is, by how far it is open against how loud it is."""
    return _lag_s(opening, _level(sound))


def change_lag_s(openings: Sequence[np.ndarray], sounds: Sequence[np.ndarray]) -> float:
    """The same over several clips by a second estimate: where lips part and close, where it gets louder and softer."""
    moved = np.concatenate([_change(opening) for opening in openings])
    return _lag_s(moved, np.concatenate([_change(_level(sound)) for sound in sounds]))


def energy_of(clip: SpokenClip) -> np.ndarray:
    """`energy` of what is said."""
    return energy(clip.utterance.samples, clip.utterance.sample_rate_hz)


def silent_share(clip: SpokenClip) -> float:
    """How far the mouth is open in silence, against how far it is on average otherwise."""
    mouth, sound = opening(clip), energy_of(clip)
    silent = np.convolve(sound > _SILENT * sound.max(), np.ones(_AROUND), mode="same") == 0
    return float(mouth[silent].mean() / mouth[~silent].mean())


def head_speeds_deg_s(clip: SpokenClip, fps: int) -> tuple[float, float]:
    """How fast the head turns on average while it is loud, and while it is soft."""
    degrees = np.array([one.head_deg for one in clip.take.expressions])
    speed = np.linalg.norm(np.diff(degrees, axis=0), axis=1) * fps
    loud = loudness(clip.utterance, np.arange(1, len(degrees)) / fps)
    return float(speed[loud > 0.5].mean()), float(speed[loud < 0.1].mean())


def _level(sound: np.ndarray) -> np.ndarray:
    level: np.ndarray = np.log(sound + _FLOOR * sound.max())
    return level


def _change(track: np.ndarray) -> np.ndarray:
    window = np.hanning(9)
    return np.asarray(np.gradient(np.convolve(track, window / window.sum(), mode="same")))


def _lag_s(mouth: np.ndarray, sound: np.ndarray) -> float:
    """The shift at which both fit best."""

    def fit(shift: int) -> float:
        late = slice(max(0, shift), len(mouth) + min(0, shift))
        early = slice(max(0, -shift), len(sound) - max(0, shift))
        return float(np.corrcoef(mouth[late], sound[early])[0, 1])

    return max(range(-_LONGEST_LAG, _LONGEST_LAG + 1), key=fit) / HZ
