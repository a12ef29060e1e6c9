"""Clocks at different speeds: windows, the line through their lags, and what unrelated sound gives."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from feed_dataset.cameras.correlation import find_lag
from feed_dataset.cameras.drift import at_speed, find_drift
from feed_dataset.cameras.frame_batch import match_times
from feed_dataset.core.media.frame_index import FrameIndex

RATE_HZ = 4_000
SECONDS = 100
find = partial(find_lag, max_lag_s=2.0, peak_width_s=0.01, whitening=0.8, band_hz=(100.0, 1800.0))


def found(first: np.ndarray, second: np.ndarray):  # type: ignore[no-untyped-def]
    return find_drift(first, second, RATE_HZ, lambda a, b: find(a, b, RATE_HZ))


def recording(seed: int, start_s: float, ppm: float, noise_seed: int = 99) -> np.ndarray:
    """Noise in bursts, heard from `start_s` on by a clock that is slow by `ppm`."""
    rng = np.random.default_rng(seed)
    times_s = np.arange((SECONDS + 4) * RATE_HZ) / RATE_HZ
    scene = rng.standard_normal(len(times_s)) * (0.05 + np.clip(np.sin(2.1 * times_s) + np.sin(5.3 * times_s), 0, None))
    heard = np.interp(start_s + np.arange(SECONDS * RATE_HZ) / RATE_HZ * (1 + ppm * 1e-6), times_s, scene)
    return heard + np.random.default_rng(noise_seed).normal(0, 0.1, len(heard))


@pytest.mark.parametrize("ppm", [0.0, 30.0, -50.0, 200.0])
def test_offset_and_drift_are_found(ppm: float) -> None:
    drift = found(recording(1, 1.0, 0.0), recording(1, 1.5, ppm, noise_seed=98))
    assert drift.ppm == pytest.approx(ppm, abs=2.0)
    assert -drift.lag.lag_s == pytest.approx(0.5, abs=2e-4)
    assert drift.lag.distinctness > 0.1


def test_a_few_wrong_windows_move_nothing() -> None:
    first, second = recording(1, 1.0, 0.0), recording(1, 1.5, 40.0, noise_seed=98)
    second[: 15 * RATE_HZ] = np.random.default_rng(5).standard_normal(15 * RATE_HZ)
    second[60 * RATE_HZ : 70 * RATE_HZ] = 0.0
    drift = found(first, second)
    assert drift.ppm == pytest.approx(40.0, abs=3.0) and -drift.lag.lag_s == pytest.approx(0.5, abs=3e-4)


def test_unrelated_sound_stands_out_at_no_speed() -> None:
    """`scripts.sync_audit_errors` counts beliefs at the audit's own rate; at a quarter of it there are fewer values."""
    for seed in range(3):
        assert found(recording(seed, 1.0, 0.0), recording(seed + 50, 1.0, 0.0)).lag.distinctness < 0.03


def test_short_recordings_have_no_drift() -> None:
    part = slice(0, 15 * RATE_HZ)
    assert found(recording(1, 1.0, 0.0)[part], recording(1, 1.5, 60.0)[part]).ppm == 0.0


def test_a_right_clock_has_as_many_samples_more() -> None:
    samples = np.arange(1_000_000)
    assert len(at_speed(samples, 50.0)) == 1_000_050 and at_speed(samples, 50.0)[-1] == 999_999
    np.testing.assert_array_equal(at_speed(samples, 0.0), samples)


def test_reading_follows_a_drift() -> None:
    """After 170 s, 200 ppm are 34 ms: nearly a frame."""
    index = FrameIndex(np.arange(5000), np.ones(5000, bool), Fraction(1, 25))
    moments_s = np.array([0.5, 170.5])
    match = match_times(index, moments_s, 0.5, drift_ppm=200.0)
    assert match.valid.all() and match.numbers.tolist() == [0, round(170 / (1 + 2e-4) * 25)]
    assert match.numbers[1] == 4249 and match_times(index, moments_s, 0.5).numbers[1] == 4250
