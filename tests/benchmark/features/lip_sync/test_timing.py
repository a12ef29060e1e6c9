"""25 pictures per second by presentation time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.features.lip_sync.timing import Moments, frames_at_25


def _times_s(count: int, fps: Fraction) -> np.ndarray:
    return np.arange(count) / float(fps)


def test_25_frames_per_second_stay_as_they_are() -> None:
    np.testing.assert_array_equal(frames_at_25(_times_s(7, Fraction(25))), np.arange(7))


def test_every_second_frame_of_50() -> None:
    np.testing.assert_array_equal(frames_at_25(_times_s(7, Fraction(50))), [0, 2, 4, 6])


def test_slower_videos_repeat_frames() -> None:
    np.testing.assert_array_equal(frames_at_25(_times_s(3, Fraction(25, 2))), [0, 0, 1, 1, 2, 2])


def test_a_variable_rate_keeps_its_times() -> None:
    """Frames 2 and 5 of 25 a second are missing: their neighbours stand in, and nothing after them moves."""
    np.testing.assert_array_equal(frames_at_25(np.array([0, 1, 3, 4, 6]) / 25), [0, 1, 1, 2, 3, 3, 4])
    np.testing.assert_array_equal(frames_at_25(7.5 + np.array([0, 1, 3, 4, 6]) / 25), [0, 1, 1, 2, 3, 3, 4])


def test_times_that_matroska_rounded_are_the_same() -> None:
    for fps in (Fraction(30), Fraction(60), Fraction(24)):  # no frame of which stands midway between two moments
        exact = _times_s(300, fps)
        np.testing.assert_array_equal(frames_at_25(np.round(exact, 3)), frames_at_25(exact))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 90), st.integers(5000, 120_000))
def test_each_moment_takes_the_nearest_frame(count: int, frames_per_1001_s: int) -> None:
    fps = Fraction(frames_per_1001_s, 1001)
    indices = frames_at_25(_times_s(count, fps))
    # Every moment before the end of the last frame; a single frame has no rate.
    assert len(indices) == (-(-count * 25 // fps) if count > 1 else 1)
    away_s = np.abs(np.arange(len(indices))[:, None] / 25 - np.arange(count)[None] / float(fps))
    np.testing.assert_allclose(away_s[np.arange(len(indices)), indices], away_s.min(axis=1), atol=1e-5)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.001, 0.2), max_size=60))
def test_frames_one_at_a_time_stand_for_the_same_moments(gaps_s: list[float]) -> None:
    times_s = np.cumsum([0.0, *gaps_s])
    moments = Moments(times_s)
    counts = [moments.push() for _ in times_s]
    np.testing.assert_array_equal(np.repeat(np.arange(len(times_s)), counts), frames_at_25(times_s))


def test_no_frames_have_no_moments() -> None:
    assert len(frames_at_25(np.zeros(0))) == 0
