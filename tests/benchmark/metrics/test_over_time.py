"""Identity and colour over minutes: known slopes in, known slopes out, and no value of short clips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import theilslopes

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.seconds import by_second, slope_per_minute
from tests.benchmark.metrics.faces import case, person, shoot, video

FACE = shoot(person())


def clip(cosines: np.ndarray, rate_hz: float = 25.0, missing: tuple[int, ...] = ()) -> CaseFeatures:
    """Frames whose descriptors are at these cosines from the source's."""
    rows = np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)
    output = video([FACE] * len(cosines), missing, {"dlib": rows, "face-colour": np.ones((len(cosines), 3))})
    output.arrays["dlib"][list(missing)] = 0.0  # type: ignore[index]
    output = replace(output, times_s=np.arange(len(cosines)) / rate_hz)
    source = video([FACE], arrays={"dlib": np.array([[1.0, 0.0]])})
    return case(output, output, source)


@pytest.mark.parametrize("rate_hz", [5.0, 25.0, 60.0])
def test_a_steady_fall_is_found_whatever_the_rate(rate_hz: float) -> None:
    times = np.arange(round(30 * rate_hz)) / rate_hz
    score = score_case("identity_slope[dlib]", clip(0.9 - 0.3 * times / 60, rate_hz))
    assert score.value == pytest.approx(-0.3, abs=1e-6)
    assert score.frames_scored == score.frames_expected == len(times)


def test_a_few_wild_seconds_do_not_move_the_slope() -> None:
    cosines = np.full(30 * 25, 0.8)
    cosines[200:350] = -0.5
    assert score_case("identity_slope[dlib]", clip(cosines)).value == pytest.approx(0.0, abs=1e-9)
    assert score_case("identity_worst[dlib]", clip(cosines)).value == pytest.approx(-0.5)


def test_slopes_are_scipys() -> None:
    random = np.random.default_rng(1)
    times, values = np.sort(random.uniform(0, 40, 300)), random.normal(0, 1, 300)
    seconds = by_second(times, values)
    expected = theilslopes(seconds.means, seconds.starts_s).slope * 60
    assert float(slope_per_minute(seconds)) == pytest.approx(expected)


def test_short_clips_have_no_value_and_say_why() -> None:
    short = clip(np.full(9 * 25, 0.8))
    for metric in ("identity_slope[dlib]", "brightness_drift", "colour_drift"):
        score = score_case(metric, short)
        assert (score.value, score.failures) == (None, (("shorter than 10 s", 225),)), metric
    assert score_case("identity_worst[dlib]", clip(np.full(26, 0.8))).value is None


def test_frames_without_a_face_are_counted_and_left_out() -> None:
    score = score_case("identity_worst[dlib]", clip(np.full(100, 0.8), missing=(3, 4)))
    assert score.value == pytest.approx(0.8)
    assert (score.frames_scored, score.failures) == (98, (("output: no face", 2),))


def test_times_and_not_indices_decide() -> None:
    one = clip(0.9 - np.arange(500) / 5000)
    slow = replace(one, output=replace(one.output, times_s=np.arange(500) / 12.5))
    fast, late = (score_case("identity_slope[dlib]", c).value for c in (one, slow))
    assert fast is not None and late is not None
    assert fast == pytest.approx(2 * late)
    unknown = replace(one, output=replace(one.output, times_s=None))
    assert score_case("identity_slope[dlib]", unknown).failures == (("output: times of frames are not known", 500),)


def test_a_minute_of_light_that_rises() -> None:
    one = clip(np.full(60 * 5, 0.8), 5.0)
    minutes = one.output.times_s / 60  # type: ignore[operator]
    rows = np.stack([50 + 4 * minutes, 10 - 3 * minutes, 20 + 4 * minutes], axis=1).astype(np.float32)
    lit = replace(one, output=replace(one.output, arrays={"face-colour": rows}))
    assert score_case("brightness_drift", lit).value == pytest.approx(4.0, rel=1e-4)
    assert score_case("colour_drift", lit).value == pytest.approx(5.0, rel=1e-4)
