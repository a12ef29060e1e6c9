"""Blinks: as often and as long as those of people, seeded, added to any motion."""

from __future__ import annotations

import numpy as np
import pytest

from model.networks.errors import ModelError
from model.speech.head_motion.blinks import PER_MINUTE, blink_times, lid_closure, with_blinks


@pytest.mark.parametrize("per_minute", [10.5, PER_MINUTE, 32.5])
def test_rate(per_minute: float) -> None:
    counts = [len(blink_times(seed, 600, per_minute)) for seed in range(20)]
    assert np.mean(counts) / 10 == pytest.approx(per_minute, rel=0.05)


def test_short_films_have_their_share() -> None:
    """The film begins somewhere between two blinks, not with one."""
    counts = [len(blink_times(seed, 4.0)) for seed in range(2000)]
    assert np.mean(counts) == pytest.approx(4 / 60 * PER_MINUTE, rel=0.15)
    first_s = [found[0].start_s for seed in range(500) if (found := blink_times(seed, 20))]
    assert min(first_s) < 0.3 and np.std(first_s) > 0.5


def test_durations_are_those_of_people() -> None:
    blinks = [blink for seed in range(50) for blink in blink_times(seed, 120)]
    closing = np.array([blink.closed_s - blink.start_s for blink in blinks])
    opening = np.array([blink.end_s - blink.opening_s for blink in blinks])
    whole = np.array([blink.end_s - blink.start_s for blink in blinks])
    assert 0.07 < closing.mean() < 0.1
    np.testing.assert_allclose(opening / closing, 1.41, atol=0.02)  # closing is 40 to 47 % faster
    assert 0.1 < whole.min() and whole.max() < 0.5


def test_blinks_do_not_touch() -> None:
    for seed in range(20):
        blinks = blink_times(seed, 300, 60)
        apart = [later.start_s - sooner.end_s for sooner, later in zip(blinks, blinks[1:], strict=False)]
        assert min(apart) >= 0.2


def test_one_seed_repeats_and_others_differ() -> None:
    assert blink_times(3, 60) == blink_times(3, 60)
    assert len({tuple(blink_times(seed, 60)) for seed in range(20)}) == 20


def test_a_longer_film_begins_the_same() -> None:
    short, long = blink_times(5, 60), blink_times(5, 120)
    assert long[: len(short)] == short and len(long) > len(short)


def test_closure_at_the_times_of_frames() -> None:
    blinks = blink_times(0, 60)
    closure = lid_closure(blinks, np.arange(0, 60, 1e-3))
    assert closure.min() == 0 and closure.max() == 1
    starts = np.flatnonzero((closure[1:] > 0) & (closure[:-1] == 0))
    assert len(starts) == len(blinks)
    # At any rate of frames it is the same curve.
    np.testing.assert_array_equal(lid_closure(blinks, np.arange(0, 60, 0.04)), closure[::40])


def test_added_to_a_motion() -> None:
    values = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    closed = np.array([0.0, 1.0, -0.5], np.float32)
    closure = np.linspace(0, 1, 50).astype(np.float32)
    made = with_blinks(values, closed, closure)
    np.testing.assert_array_equal(made[0], values[0])
    np.testing.assert_allclose(made[-1] - values[-1], closed, atol=1e-6)
    with pytest.raises(ModelError, match="expected values"):
        with_blinks(values, closed[:2], closure)


def test_no_time_no_blink() -> None:
    assert blink_times(0, 0) == [] and not lid_closure([], np.arange(5)).any()


@pytest.mark.parametrize(
    ("seed", "duration_s", "per_minute"), [(-1, 1, 20), (0, -1, 20), (0, float("nan"), 20), (0, 1, 0), (0, 1, 61)]
)
def test_numbers_out_of_range(seed: int, duration_s: float, per_minute: float) -> None:
    with pytest.raises(ModelError, match="expected a"):
        blink_times(seed, duration_s, per_minute)
