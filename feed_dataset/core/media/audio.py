"""Audio of a clip as mono float samples."""

from __future__ import annotations

import wave
from math import gcd
from pathlib import Path

import numpy as np

from feed_dataset.core.media.audio_blocks import audio_blocks
from feed_dataset.core.media.types import Audio


def read_audio(path: Path | str, start_s: float | None = 0.0, length_s: float | None = None) -> Audio | None:
    """The first sound stream as mono, at its own rate; None where there is none.

    Mono is the mean of the channels, (L + R) / 2, whatever the format of the samples. Samples are placed by their
    time stamps (`audio_blocks`): sample i is at `start_s` + i / sample_rate_hz on the clock of the file's pictures.

    Args:
        start_s: time of the first sample, such as that of the first picture: silence where the sound begins later.
            None begins with the sound; `Audio.start_s` says when that is.
        length_s: no more than this; None for all of it.

    Raises:
        VideoDecodeError: the file or its sound cannot be read.
    """
    parts: list[np.ndarray] = []
    start, rate_hz = 0, 0
    for block in audio_blocks(path, start_s):
        if not parts:
            start, rate_hz = block.start, block.rate_hz
        parts.append(block.samples.mean(0))
    if not parts:
        return None
    samples = np.clip(np.concatenate(parts), -1.0, 1.0).astype(np.float32)
    if length_s is not None:
        samples = samples[: round(length_s * rate_hz)]
    return Audio(samples, rate_hz, start / rate_hz if start_s is None else start_s)


def resample(samples: np.ndarray, rate_hz: int, wanted_hz: int) -> np.ndarray:
    """float32 [S] at another rate: polyphase filter, no shift."""
    if rate_hz == wanted_hz or not len(samples):
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate_hz, wanted_hz)
    changed = resample_poly(samples.astype(np.float64), wanted_hz // common, rate_hz // common)
    return np.clip(changed, -1.0, 1.0).astype(np.float32)


def write_wave(path: Path | str, samples: np.ndarray, sample_rate_hz: int) -> None:
    """Write samples float [N] in [-1, 1] as a mono WAV of 16 bit; what lies outside is clipped."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
