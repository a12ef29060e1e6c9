"""Head motion: turns, sines and beats that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import periodogram

from benchmark.metrics import CaseFeatures, FaceFeatures, score_case
from benchmark.metrics.head_signal import BANDS_HZ, Turning, band_speeds_deg_s
from tests.benchmark.metrics.faces import case, person, rotation, shoot, video

HEAD = person()


def nodding(yaw_deg: np.ndarray, rate_hz: float = 25.0, missing: tuple[int, ...] = ()) -> FaceFeatures:
    made = video([shoot(HEAD, rotation(yaw)) for yaw in yaw_deg], missing)
    return replace(made, times_s=np.arange(len(yaw_deg)) / rate_hz)


def alone(output: FaceFeatures) -> CaseFeatures:
    return case(output, output, output)


@pytest.mark.parametrize("rate_hz", [12.5, 25.0, 50.0])
def test_speed_is_in_degrees_per_second_whatever_the_rate(rate_hz: float) -> None:
    times = np.arange(round(2 * rate_hz)) / rate_hz
    assert score_case("head_speed[mesh468]", alone(nodding(30 * times, rate_hz))).value == pytest.approx(30, rel=1e-3)


def test_a_still_head_has_neither_speed_nor_spread() -> None:
    still = alone(nodding(np.full(30, 12.0)))
    assert score_case("head_speed[mesh468]", still).value == pytest.approx(0, abs=1e-6)
    assert score_case("head_spread_deg[mesh468]", still).value == pytest.approx(0, abs=1e-6)


def test_spread_is_the_mean_of_three_deviations() -> None:
    yaw = np.linspace(-20, 20, 41)
    assert score_case("head_spread_deg[mesh468]", alone(nodding(yaw))).value == pytest.approx(yaw.std() / 3, rel=1e-3)


def test_the_spectrum_does_not_ask_when_the_head_moves() -> None:
    times = np.arange(100) / 25
    one, later = (nodding(10 * np.sin(2 * np.pi * 1.5 * times + phase)) for phase in (0, 2))
    fast = nodding(10 * np.sin(2 * np.pi * 3 * times))
    same, other = (score_case("head_spectrum[mesh468]", case(o, one, one)).value for o in (later, fast))
    assert same is not None and other is not None
    assert same < 0.1 < 0.4 < other
    assert score_case("head_spectrum[mesh468]", case(one, one, one)).value == 0.0


def test_band_speeds_are_scipys() -> None:
    angles = np.cumsum(np.random.default_rng(0).normal(0, 1, (101, 3)), axis=0)
    window = np.hanning(102)[1:-1]
    hz, density = periodogram(np.diff(angles, axis=0) * 25, fs=25, window=window, detrend="constant", axis=0)
    expected = [np.sqrt(density[(hz >= a) & (hz < b)].sum(axis=0) * hz[1]) for a, b in BANDS_HZ]
    np.testing.assert_allclose(band_speeds_deg_s(angles), expected, rtol=1e-6)


def test_lost_frames_are_bridged() -> None:
    times = np.arange(60) / 25
    whole, gap = nodding(8 * np.sin(6 * times)), nodding(8 * np.sin(6 * times), missing=(20, 21))
    found = [Turning.of(one) for one in (whole, gap)]
    angles = [one.even_angles_deg for one in found if isinstance(one, Turning)]
    np.testing.assert_allclose(angles[0], angles[1], atol=0.5)
    score = score_case("head_spectrum[mesh468]", case(gap, whole, whole))
    assert score.value is not None and score.value < 0.15
    assert (score.frames_scored, score.failures) == (58, (("output: no face", 2),))


def spoken(output: FaceFeatures, reference: FaceFeatures, onset_s: float) -> CaseFeatures:
    levels = np.zeros(300, np.float32)
    start = round(100 * onset_s)
    levels[start : start + 40] = np.linspace(0.2, 1, 40) ** 0.5
    return case(output, reference, reference, reference=reference, sound={"speech-envelope": levels})


def test_beats_are_compared_with_the_references() -> None:
    def jerk(at_s: float) -> FaceFeatures:
        return nodding(np.where(np.arange(60) / 25 < at_s, 0.0, 8.0))

    on_time, late = jerk(1.0), jerk(1.8)
    assert score_case("beat_alignment_error[mesh468]", spoken(on_time, on_time, 0.98)).value == 0.0
    error = score_case("beat_alignment_error[mesh468]", spoken(late, on_time, 0.98)).value
    assert error is not None and error > 0.3
    silent = replace(spoken(late, on_time, 1.0), sound={"speech-envelope": np.zeros(300, np.float32)})
    assert score_case("beat_alignment_error[mesh468]", silent).failures == (("the voice has no onset", 60),)
    still = spoken(nodding(np.zeros(60)), on_time, 1.0)
    assert score_case("beat_alignment_error[mesh468]", still).failures == (("output: the head has no beat", 60),)


def test_a_clip_that_is_too_short_says_so() -> None:
    short = alone(nodding(np.zeros(40)))
    assert score_case("head_spectrum[mesh468]", short).failures == (("output: shorter than 1.8 s", 40),)
    assert score_case("head_speed[mesh468]", alone(nodding(np.zeros(4)))).value is None
