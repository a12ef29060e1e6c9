"""What is seen of the speed of an official repository's process: as a whole, and when its frames reached its writer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from baselines.interface.speed import ProcessSpeed
from baselines.official.adapter import Output
from baselines.official.job import RECORDED
from baselines.official.picking import Picked, pick
from baselines.official.recording import Calls
from baselines.official.staging import Staged
from baselines.outside.existing import first_written_s
from baselines.outside.process import Ended
from feed_dataset.core.jobs.errors import FeedError


def process_speed(
    output: Output, work: Path, staged: Sequence[Staged], ended: Ended, *, lossless: bool
) -> ProcessSpeed:
    """What is known of a process that has ended.

    Args:
        lossless: frames were recorded, where the repository's writer can be.
    """
    frames = sum(one.slot.frame_count for one in staged)
    picked = list(_picked(output, work, staged, lossless=lossless))
    calls = _calls(picked)
    started_at = time.time() - time.monotonic() + ended.started_s
    first_frame_s = first_written_s((file for one in picked for file in one.images or ()), started_at)
    unseen = _reason(output, lossless)
    frame_s: tuple[float, ...] = ()
    if calls:
        first_frame_s = min(one[0][0] for one in calls) - ended.started_s
    if unseen is None:
        assert output.recorded_batch is not None
        frame_s = tuple(one for clip in calls for one in frame_seconds(clip, output.recorded_batch))
        if not frame_s:
            unseen = f"all frames of a clip came in one batch of {output.recorded_batch}"
    return ProcessSpeed(
        started_at=round(started_at, 3),
        seconds=ended.seconds,
        frames=frames,
        first_frame_s=first_frame_s,
        frame_s=frame_s,
        unseen=unseen,
        peak_memory_bytes=ended.peak_memory_bytes,
        peak_gpu_bytes=_peak_gpu(work / RECORDED),
    )


def frame_seconds(calls: Calls, batch_frames: int) -> list[float]:
    """Of each frame after the first batch: those that come together share their time equally.

    What the writer itself took does not count.

    >>> frame_seconds(((9.0, 9.5), (10.5, 11.0), (15.0, 15.5), (15.5, 16.0)), 2)
    [2.0, 2.0]
    """
    found = []
    for begin in range(batch_frames, len(calls), batch_frames):
        end = min(begin + batch_frames, len(calls))
        seconds = sum(calls[place][0] - calls[place - 1][1] for place in range(begin, end))
        found += [seconds / (end - begin)] * (end - begin)
    return found


def _reason(output: Output, lossless: bool) -> str | None:
    """Why nothing is known of single frames; None where something may be."""
    if output.recorder is None:
        return "what this repository writes with is not recorded"
    if not lossless:
        return "frames are not recorded but taken from its video"
    if output.recorded_batch is None:
        return "it is not known to hand over frames before all are made"
    return None


def _picked(output: Output, work: Path, staged: Sequence[Staged], *, lossless: bool) -> Iterator[Picked]:
    for one in staged:
        try:
            yield pick(output, work, one, lossless=lossless)
        except (FeedError, OSError):
            continue  # a clip that failed says nothing; its case has its reason


def _calls(picked: Sequence[Picked]) -> list[Calls]:
    """Of each clip of the process that was recorded, in no order."""
    found = []
    for one in picked:
        with suppress(OSError, ValueError):  # it was not noted to the end
            calls = () if one.recording is None else one.recording.calls()
            found += [calls] if calls else []
    return found


def _peak_gpu(folder: Path) -> int | None:
    try:
        return max((int(file.read_text()) for file in folder.glob("gpu-*.txt")), default=None)
    except (OSError, ValueError):
        return None
