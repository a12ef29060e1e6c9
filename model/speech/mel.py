"""Log-mel spectrograms as Whisper reads them (Radford et al. 2022; `log_mel_spectrogram` of openai-whisper).

80 bands up to 8 kHz on Slaney's scale, 100 frames a second, each of 25 ms around its time.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

SAMPLE_RATE_HZ = 16_000
STEP = 160
"""Samples from one frame to the next."""
REACH = 200
"""Samples before and after the time of a frame that it looks at."""
BANDS = 80
SILENT = -10.0
"""Log10 power below which everything is alike."""
RANGE = 8.0
"""Powers of ten below the loudest of a sound at which it is cut off."""
_LINEAR_HZ, _MEL_HZ = 1000.0, 200.0 / 3  # Slaney: linear up to 1 kHz, then 27 bands for each factor of 6.4
_LOG_STEP = np.log(6.4) / 27.0


@cache
def mel_filters() -> Tensor:
    """Triangles of equal area, float32 [201, 80]: librosa's `filters.mel(sr=16000, n_fft=400, n_mels=80)`."""
    edges_hz = _hz(np.linspace(0.0, _mel(SAMPLE_RATE_HZ / 2), BANDS + 2))
    bins_hz = np.linspace(0.0, SAMPLE_RATE_HZ / 2, REACH + 1)[:, None]
    low, middle, high = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    heights = np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle))
    return torch.from_numpy((np.maximum(heights, 0.0) * 2.0 / (high - low)).astype(np.float32))


def log_mel(
    samples: Tensor,  # float32 [S], S = 400 + 160 (N - 1)
) -> Tensor:  # float32 [80, N]
    """Log10 power in each band, not below SILENT; frame n is that of sample 200 + 160 n."""
    frames = samples.unfold(0, 2 * REACH, STEP) * torch.hann_window(2 * REACH)
    power = torch.fft.rfft(frames).abs().square()
    return (power @ mel_filters()).clamp_min(10.0**SILENT).log10().T


def scaled(
    log: Tensor,  # float32 [80, N], of `log_mel`
    loudest: float,
) -> Tensor:  # float32 [80, N]
    """What Whisper's encoder reads, where `loudest` is the greatest value of the whole sound."""
    return (log.clamp_min(loudest - RANGE) + 4.0) / 4.0


def _mel(hz: float) -> float:
    linear = min(hz, _LINEAR_HZ) / _MEL_HZ
    return float(linear + np.log(max(hz, _LINEAR_HZ) / _LINEAR_HZ) / _LOG_STEP)


def _hz(mel: np.ndarray) -> np.ndarray:
    knee = _LINEAR_HZ / _MEL_HZ
    hz: np.ndarray = np.minimum(mel, knee) * _MEL_HZ * np.exp(np.maximum(mel - knee, 0.0) * _LOG_STEP)
    return hz
