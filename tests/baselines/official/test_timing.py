"""What is told of the speed of a repository's process, and what is not."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from baselines.official.adapter import Output
from baselines.official.loading import adapter
from baselines.official.placeholders import filled
from baselines.official.staging import stage_slot
from baselines.official.timing import frame_seconds, process_speed
from baselines.official.units import Slot
from baselines.outside.process import Ended
from tests.baselines.official.batches import make_batch

FRAMES = 6
ENDED = Ended(0, Path("stderr.txt"), started_s=100.0, seconds=30.0, peak_memory_bytes=5 << 20)


def output(**changes: object) -> Output:
    found = adapter("wav2lip").output
    assert found is not None
    return found.model_copy(update={"recorded_batch": 2, "recorded_file": None, **changes})


def speed_of_calls(tmp_path: Path, calls: str, found: Output, *, lossless: bool = True):  # type: ignore[no-untyped-def]
    """What is said of a process whose one clip was recorded with these calls of its writer."""
    batch = make_batch(tmp_path / "in", cases=1, frames=FRAMES)
    inputs, work = adapter("wav2lip").inputs, tmp_path / "work"
    assert inputs is not None
    staged = stage_slot(Slot(0, batch.cases), batch, inputs, work)
    (work / "o0.mp4").write_bytes(b"a video")
    recording = work / "recorded" / "7-0001"
    recording.mkdir(parents=True)
    (recording / "file.txt").write_text("o0.mp4")
    (recording / "times.txt").write_text(calls)
    (recording / "shape.txt").write_text("4 4")
    (recording / "frames.rgb").write_bytes(bytes(FRAMES * 4 * 4 * 3))
    return process_speed(found, work, [staged], ENDED, lossless=lossless)


STREAMED = "".join(
    f"{110 + 3 * (t // 2) + 0.2 * (t % 2)} {110.2 + 3 * (t // 2) + 0.2 * (t % 2)}\n" for t in range(FRAMES)
)


def test_frames_that_come_as_they_are_made_are_timed_and_those_of_a_batch_share_its_time(tmp_path: Path) -> None:
    """Two frames every 3 s, of which the writer takes 0.4 s."""
    speed = speed_of_calls(tmp_path, STREAMED, output())
    assert speed.first_frame_s == pytest.approx(10.0)
    assert speed.frame_s == pytest.approx((1.3,) * 4)
    assert speed.unseen is None
    assert (speed.seconds, speed.frames, speed.peak_memory_bytes) == (30.0, FRAMES, 5 << 20)
    assert speed.started_at == pytest.approx(time.time() - time.monotonic() + 100, abs=1)


@pytest.mark.parametrize(
    ("calls", "changes", "lossless", "first_frame_s", "why"),
    [
        (STREAMED, {"recorded_batch": None}, True, 10.0, "not known to hand over frames before all are made"),
        ("120.0 120.1\n", {}, True, 20.0, "came in one batch of 2"),
        (STREAMED, {"recorded_batch": FRAMES}, True, 10.0, "came in one batch of 6"),
        (STREAMED, {}, False, None, "not recorded but taken from its video"),
        (STREAMED, {"recorder": None, "recorded_batch": None}, True, None, "writes with is not recorded"),
        ("cut o", {}, True, None, "came in one batch"),
    ],
)
def test_what_cannot_be_known_is_unknown_and_says_why(
    calls: str, changes: dict[str, object], lossless: bool, first_frame_s: float | None, why: str, tmp_path: Path
) -> None:
    speed = speed_of_calls(tmp_path, calls, output(**changes), lossless=lossless)
    assert speed.frame_s == ()
    assert speed.first_frame_s == (None if first_frame_s is None else pytest.approx(first_frame_s))
    assert why in str(speed.unseen)
    assert (speed.seconds, speed.peak_memory_bytes) == (30.0, 5 << 20)


def test_images_tell_when_the_first_of_them_was_written(tmp_path: Path) -> None:
    batch, found = make_batch(tmp_path / "in", cases=1, frames=FRAMES), adapter("uva")
    assert found.inputs is not None and found.output is not None and found.output.images
    work = tmp_path / "work"
    staged = stage_slot(Slot(0, batch.cases), batch, found.inputs, work)
    started_s = time.monotonic()
    for number in range(FRAMES):
        image = work / filled(found.output.file.replace("*", str(number)), staged.values)
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(b"pixels")
        os.utime(image, (time.time() + 7 + number,) * 2)
    ended = replace(ENDED, started_s=started_s)
    speed = process_speed(found.output, work, [staged], ended, lossless=True)
    assert speed.first_frame_s == pytest.approx(7, abs=1)
    assert speed.frame_s == () and "not recorded" in str(speed.unseen)


def test_memory_of_the_gpu_is_the_most_of_any_process(tmp_path: Path) -> None:
    (tmp_path / "work" / "recorded").mkdir(parents=True)
    for pid, peak in ((7, 100), (8, 300)):
        (tmp_path / "work" / "recorded" / f"gpu-{pid}.txt").write_text(str(peak))
    assert speed_of_calls(tmp_path, STREAMED, output()).peak_gpu_bytes == 300


def test_a_last_batch_may_be_shorter() -> None:
    calls = ((0.0, 0.0), (0.0, 0.0), (4.0, 4.0), (4.0, 4.0), (7.0, 7.0))
    assert frame_seconds(calls, 2) == [2.0, 2.0, 3.0]
