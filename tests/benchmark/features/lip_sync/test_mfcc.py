"""MFCC equal a direct evaluation of the formulas, and follow the definition at the edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.fft import dct

from benchmark.features.lip_sync.mfcc import filterbank, mfcc, to_int16


def _slow_mfcc(samples: np.ndarray) -> np.ndarray:
    """One frame, one filter, one bin at a time, from the definition; DCT by SciPy."""
    signal = [float(samples[0])] + [float(b) - 0.97 * float(a) for a, b in zip(samples[:-1], samples[1:], strict=True)]
    count = 1 + math.ceil(max(0, len(signal) - 400) / 160)
    signal += [0.0] * (count * 160 + 400)
    corners_mel = np.linspace(0, 2595 * math.log10(1 + 8000 / 700), 28)
    corners = [math.floor(513 * 700 * (10 ** (mel / 2595) - 1) / 16000) for mel in corners_mel]
    rows = []
    for frame in range(count):
        spectrum = np.fft.fft(signal[frame * 160 : frame * 160 + 400], 512)[:257]
        power = np.abs(spectrum) ** 2 / 512
        energies = []
        for low, peak, high in zip(corners[:-2], corners[1:-1], corners[2:], strict=True):
            rise = sum(power[k] * (k - low) / (peak - low) for k in range(low, peak))
            fall = sum(power[k] * (high - k) / (high - peak) for k in range(peak, high))
            energies.append(math.log(rise + fall or np.finfo(float).eps))
        cepstra = dct(np.array(energies), type=2, norm="ortho")[:13]
        lifted = [c * (1 + 11 * math.sin(math.pi * n / 22)) for n, c in enumerate(cepstra)]
        rows.append([math.log(power.sum() or np.finfo(float).eps), *lifted[1:]])
    return np.array(rows)


def _sound(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    tone = 6000 * np.sin(2 * np.pi * 440 * np.arange(count) / 16_000)
    return (tone + rng.normal(0, 500, count)).astype(np.int16)


@pytest.mark.parametrize("count", [100, 400, 401, 2000, 2081])
def test_equals_the_definition(count: int) -> None:
    np.testing.assert_allclose(mfcc(_sound(count)), _slow_mfcc(_sound(count)), rtol=0, atol=1e-9)


def test_long_sound_in_parts_equals_one_pass() -> None:
    rows = mfcc(_sound(16_000 * 50))  # more rows than are computed at once
    assert len(rows) == 1 + math.ceil((800_000 - 400) / 160)
    np.testing.assert_allclose(rows[4200:4210], mfcc(_sound(16_000 * 50)[: 4300 * 160])[4200:4210], atol=1e-9)


def test_silence_has_finite_coefficients() -> None:
    assert np.isfinite(mfcc(np.zeros(1600, np.int16))).all()
    assert mfcc(np.zeros(0, np.int16)).shape == (0, 13)


def test_filters_cover_all_bins_between_the_first_and_the_last_corner() -> None:
    assert filterbank().shape == (26, 257)
    assert (filterbank().max(axis=1) == 1.0).all()


def test_int16_is_what_a_wave_file_would_hold() -> None:
    np.testing.assert_array_equal(to_int16(np.array([0.0, 0.5, 1.0, -1.0, 2.0])), [0, 16384, 32767, -32768, 32767])


def test_other_sounds_are_refused() -> None:
    with pytest.raises(ValueError, match="int16"):
        mfcc(np.zeros(400, np.float32))
