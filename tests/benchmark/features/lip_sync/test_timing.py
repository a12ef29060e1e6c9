"""25 pictures per second by presentation time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.features.lip_sync.timing import Resampler, frames_at_25


def test_25_frames_per_second_stay_as_they_are() -> None:
    np.testing.assert_array_equal(frames_at_25(7, Fraction(25)), np.arange(7))


def test_every_second_frame_of_50() -> None:
    np.testing.assert_array_equal(frames_at_25(7, Fraction(50)), [0, 2, 4, 6])


def test_slower_videos_repeat_frames() -> None:
    np.testing.assert_array_equal(frames_at_25(3, Fraction(25, 2)), [0, 0, 1, 1, 2, 2])


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 90), st.integers(5000, 120_000))
def test_each_moment_takes_the_nearest_frame(count: int, frames_per_1001_s: int) -> None:
    fps = Fraction(frames_per_1001_s, 1001)
    indices = frames_at_25(count, fps)
    assert len(indices) == -(-count * 25 // fps)  # every moment before the end of the last frame
    away_s = np.abs(np.arange(len(indices))[:, None] / 25 - np.arange(count)[None] / float(fps))
    np.testing.assert_allclose(away_s[np.arange(len(indices)), indices], away_s.min(axis=1), atol=1e-9)


def test_no_frame_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Resampler(Fraction(0))
    assert len(frames_at_25(0, Fraction(30))) == 0
