"""What is measured of a method, and what many cases say together."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from baselines import Capabilities, Method
from baselines.interface.method import Chunk, Driver
from baselines.interface.speed import CaseSpeed, ProcessSpeed, speed_of, speed_text
from baselines.interface.stopwatch import DriveSpeed, Stopwatch

FRAMES = np.zeros((5, 8, 8, 3), np.uint8)


class Clock:
    """A clock that goes on only when somebody says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Slow(Method):
    """4 s for a source, 6 s for the first two frames, 2 s for each of three more; holds 64 MiB while it drives."""

    name = "slow"
    capabilities = Capabilities(drives={"image"}, licence="MIT")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def prepare(self, source: np.ndarray) -> np.ndarray:
        self.clock.sleep(4)
        return source

    def drive(self, prepared: np.ndarray, driver: Driver) -> Iterator[Chunk]:
        held = np.ones(64 << 20, np.uint8)
        self.clock.sleep(6)
        yield Chunk(FRAMES[:2])
        for place in range(2, 5):
            self.clock.sleep(2)
            yield Chunk(FRAMES[place : place + 1] + held[0] - 1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("baselines.interface.stopwatch.time.perf_counter", lambda: found.now)
    return found


def measured(clock: Clock, *, owns_process: bool = True) -> DriveSpeed:
    watch = Stopwatch(owns_process=owns_process)
    for _ in watch.drive(Slow(clock), FRAMES[0], Driver(FRAMES, Fraction(25))):
        clock.sleep(100)  # somebody writes the frames; that is not the method's time
    assert watch.speed is not None
    return watch.speed


def test_a_stopwatch_counts_the_methods_time_alone(clock: Clock) -> None:
    speed = measured(clock)
    assert (speed.prepare_s, speed.first_frame_s, speed.frame_s) == (4, 6, (2, 2, 2))


def test_memory_is_the_most_that_was_held_and_a_lent_process_is_not_touched(clock: Clock) -> None:
    speed = measured(clock)
    if speed.peak_memory_bytes is None:
        pytest.skip("this system does not tell")
    assert speed.peak_memory_bytes > 64 << 20
    assert measured(clock, owns_process=False).peak_memory_bytes is None


def case(is_first: bool, prepare_s: float, first_frame_s: float, *frame_s: float, load_s: float = 2.0) -> CaseSpeed:
    return CaseSpeed(load_s, is_first, DriveSpeed(prepare_s, first_frame_s, frame_s, 1_500_000_000, None))


def test_what_is_paid_once_is_kept_apart() -> None:
    cold = [case(True, 1.0, 3.0, 0.1, load_s=2.0), case(True, 1.0, 5.0, 0.1, load_s=4.0)]
    warm = [case(False, 0.2, 0.3, *[0.1] * 17, 0.9), case(False, 0.4, 0.5)]
    speed = speed_of(cold + warm)
    assert speed is not None
    assert (speed.load_s, speed.warm_up_s, speed.start_to_frame_s) == (3.0, 5.0, 8.0)
    assert (speed.prepare_s, speed.first_frame_s) == pytest.approx((0.3, 0.4))
    assert (speed.frame_p50_s, speed.frames) == (0.1, 20)
    assert speed.frame_p95_s == pytest.approx(np.percentile([0.1] * 19 + [0.9], 95))
    assert speed_text(speed) == (
        "load 3 s, warm-up 5 s, prepare 300 ms, first frame 400 ms, frame p50 100 ms, p95 140 ms, peak memory 1.50 GB"
    )


def test_what_was_not_measured_is_absent() -> None:
    assert speed_of([]) is None
    speed = speed_of([case(True, 0.5, 0.5)])
    assert speed is not None
    assert (speed.prepare_s, speed.frame_p50_s, speed.frames) == (None, None, 0)
    assert speed_text(speed) == "load 2 s, warm-up 1 s, peak memory 1.50 GB"


def process(started_at: float, first_frame_s: float | None = None, *frame_s: float) -> ProcessSpeed:
    unseen = None if frame_s else "all came at once"
    return ProcessSpeed(started_at, 30.0, 20, first_frame_s, frame_s, unseen, 2_000_000_000, None)


def test_a_process_counts_once_however_many_cases_it_made() -> None:
    """Two processes of 30 s for 20 frames each; the first made three cases."""
    speed = speed_of([process(1.0)] * 3 + [process(2.0)])
    assert speed is not None
    assert speed.process_frame_s == 1.5
    assert (speed.load_s, speed.warm_up_s, speed.prepare_s, speed.first_frame_s) == (None,) * 4
    assert (speed.start_to_frame_s, speed.frame_p50_s, speed.frames) == (None, None, 0)
    assert speed_text(speed) == (
        "whole process 1.5 s a frame, peak memory 2.00 GB, single frames unknown: all came at once,"
        " load and prepare unknown: parts of a process that is not ours"
    )


def test_frames_that_were_seen_to_come_one_by_one_are_told() -> None:
    speed = speed_of([process(1.0, 8.0, 0.5, 0.5), process(2.0, 10.0), process(3.0, 12.0)])
    assert speed is not None
    assert (speed.start_to_frame_s, speed.frame_p50_s, speed.frames, speed.unseen) == (10.0, 0.5, 2, None)
    assert "start to first frame 10 s, frame p50 500 ms" in speed_text(speed)
