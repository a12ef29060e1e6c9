"""Mel-frequency cepstral coefficients with the defaults of python_speech_features, which SyncNet was trained on.

Frames of 25 ms every 10 ms, pre-emphasis 0.97, no window function, 512-point FFT, 26 triangular filters from 0 Hz to
half the rate, orthonormal DCT-II, 13 coefficients, lifter 22, coefficient 0 replaced by the log energy of the frame.
Samples are counted in units of int16, as `scipy.io.wavfile` reads them: the log energies depend on it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

RATE_HZ = 16_000
FRAME_SAMPLES = 400
STEP_SAMPLES = 160
COEFFICIENTS = 13
_FFT = 512
_FILTERS = 26
_PRE_EMPHASIS = 0.97
_LIFTER = 22
_FRAMES_AT_ONCE = 4096


def to_int16(
    samples: np.ndarray,  # float [S] in [-1, 1]
) -> np.ndarray:
    """int16 [S], as a 16-bit wave file would hold them: times 32768, rounded to nearest, clipped."""
    scaled = np.rint(np.asarray(samples, dtype=np.float64) * 32768.0)
    return np.clip(scaled, -32768, 32767).astype(np.int16)


def mfcc(
    samples: np.ndarray,  # int16 [S] at 16 kHz
) -> np.ndarray:
    """Coefficients float64 [N, 13], one row every 10 ms; the last frame is filled up with zeros.

    Raises ValueError for anything but one channel of int16.
    """
    if samples.ndim != 1 or samples.dtype != np.int16:
        raise ValueError(f"expected samples int16 [S] but got {samples.dtype} {list(samples.shape)}")
    if not len(samples):
        return np.empty((0, COEFFICIENTS))
    signal = samples.astype(np.float64)
    signal[1:] -= _PRE_EMPHASIS * samples[:-1].astype(np.float64)
    count = 1 + max(0, -(-(len(signal) - FRAME_SAMPLES) // STEP_SAMPLES))
    padded = np.zeros((count - 1) * STEP_SAMPLES + FRAME_SAMPLES)
    padded[: len(signal)] = signal
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME_SAMPLES)[::STEP_SAMPLES]
    parts = [_cepstra(frames[start : start + _FRAMES_AT_ONCE]) for start in range(0, count, _FRAMES_AT_ONCE)]
    return np.concatenate(parts)


def _cepstra(frames: np.ndarray) -> np.ndarray:
    spectrum = np.fft.rfft(frames, _FFT)
    power = (spectrum.real**2 + spectrum.imag**2) / _FFT
    energy = _positive(power.sum(axis=1))
    cepstra = np.log(_positive(power @ filterbank().T)) @ _dct_lifted().T
    cepstra[:, 0] = np.log(energy)
    return cepstra


def _positive(values: np.ndarray) -> np.ndarray:
    """Exact zeros become the smallest step of float64, so that silence has a logarithm."""
    return np.where(values == 0.0, np.finfo(np.float64).eps, values)


@lru_cache(maxsize=1)
def filterbank() -> np.ndarray:
    """Triangular filters on the mel scale (2595 log10(1 + f / 700)), float64 [26, 257]; corners on whole bins."""
    mel = np.linspace(0.0, 2595.0 * np.log10(1.0 + RATE_HZ / 2 / 700.0), _FILTERS + 2)
    hz = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    corners = np.floor((_FFT + 1) * hz / RATE_HZ)
    low, peak, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    bins = np.arange(_FFT // 2 + 1)
    rising, falling = (bins - low) / (peak - low), (high - bins) / (high - peak)
    return np.where((bins >= low) & (bins < peak), rising, np.where((bins >= peak) & (bins < high), falling, 0.0))


@lru_cache(maxsize=1)
def _dct_lifted() -> np.ndarray:
    """Orthonormal DCT-II of 26 values, its first 13 rows, each times its lifter weight; float64 [13, 26]."""
    rows, columns = np.arange(COEFFICIENTS)[:, None], np.arange(_FILTERS)[None]
    basis = np.sqrt(2.0 / _FILTERS) * np.cos(np.pi * rows * (2 * columns + 1) / (2 * _FILTERS))
    basis[0] /= np.sqrt(2.0)
    return basis * (1.0 + _LIFTER / 2 * np.sin(np.pi * rows / _LIFTER))
