"""How loud speech is over time: the level of the voice's band, 100 times a second."""

from __future__ import annotations

import numpy as np

RATE_HZ = 100
SAMPLE_RATE_HZ = 16_000
BAND_HZ = (300.0, 3400.0)
"""The band of telephone speech: vowels, which open the mouth, and little of hiss or hum."""
FLOOR_DB = -40.0
"""Levels below the loudest by more than this count as silence."""
RMS_STEP_S = 0.05
"""Of `rms`, and the length of what it looks at."""
_STEP = SAMPLE_RATE_HZ // RATE_HZ
_WINDOW = 2 * _STEP  # 20 ms


def speech_envelope(
    samples: np.ndarray,  # float [S] at 16 kHz, in [-1, 1]
) -> np.ndarray:
    """Level in [0, 1], float32 [N], value n at n / 100 s: 0 at FLOOR_DB below the loudest moment, 1 there.

    All zeros where there is no sound.
    """
    if samples.ndim != 1:
        raise ValueError(f"expected samples [S] but got {list(samples.shape)}")
    if not len(samples):
        return np.empty(0, np.float32)
    padded = np.pad(np.asarray(samples, dtype=np.float64), _WINDOW // 2)  # windows are centred on their moments
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_STEP] * np.hanning(_WINDOW)
    spectrum = np.fft.rfft(frames, axis=1)
    hz = np.fft.rfftfreq(_WINDOW, 1.0 / SAMPLE_RATE_HZ)
    inside = (hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1])
    power = (np.abs(spectrum[:, inside]) ** 2).sum(axis=1)
    loudest = power.max()
    if loudest == 0.0:
        return np.zeros(len(power), np.float32)
    with np.errstate(divide="ignore"):
        level_db = 10.0 * np.log10(power / loudest)
    return np.clip(1.0 - level_db / FLOOR_DB, 0.0, 1.0).astype(np.float32)


def rms(
    samples: np.ndarray,  # float [S] at 16 kHz, in [-1, 1]
) -> np.ndarray:
    """Root mean square of 50 ms around each multiple of 50 ms, float32 [N]: librosa's, silence around it."""
    if samples.ndim != 1:
        raise ValueError(f"expected samples [S] but got {list(samples.shape)}")
    if not len(samples):
        return np.empty(0, np.float32)
    length = round(RMS_STEP_S * SAMPLE_RATE_HZ)
    padded = np.pad(np.asarray(samples, dtype=np.float64), length // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, length)[::length]
    return np.sqrt((windows**2).mean(axis=1)).astype(np.float32)
