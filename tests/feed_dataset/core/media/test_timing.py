"""When frames are shown."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from feed_dataset.core.media.timing import frame_s, is_steady, mean_rate, nearest_frames


def test_the_nearest_frame_and_the_earlier_of_two() -> None:
    times_s = np.array([0.0, 0.1, 0.2, 0.6])
    assert nearest_frames(times_s, np.array([-1.0, 0.04, 0.05, 0.0500001, 0.06, 0.39, 0.4, 0.41, 9.0])).tolist() == [
        *(0, 0, 0, 0, 1),
        *(2, 2, 3, 3),
    ]
    assert nearest_frames(np.array([3.0]), np.array([0.0, 5.0])).tolist() == [0, 0]


def test_the_time_of_a_frame_is_that_of_most() -> None:
    assert frame_s(np.array([0.0, 0.5, 1.5, 2.0, 3.0])) == 0.5
    assert frame_s(np.array([7.0])) == 1 / 25


def test_a_rate_comes_back_from_its_times() -> None:
    for fps in (Fraction(30000, 1001), Fraction(1350, 61), Fraction(20)):
        assert mean_rate(5 + np.arange(200) / float(fps)) == fps
    assert mean_rate(np.array([2.0])) == mean_rate(np.array([2.0, 2.0])) == 25


def test_steady_is_what_containers_can_say() -> None:
    fps = Fraction(30000, 1001)
    exact = 1.5 + np.arange(300) / float(fps)
    assert is_steady(exact, fps) and is_steady(np.round(exact, 3), fps) and is_steady(exact[:0], fps)
    assert not is_steady(np.delete(exact, 200), fps)
    assert not is_steady(exact, Fraction(30))
