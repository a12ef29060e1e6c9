"""What is seen of the speed of an official repository's process: as a whole, and when its frames reached its writer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from baselines.interface.speed import ProcessSpeed
from baselines.official.adapter import Output
from baselines.official.job import RECORDED
from baselines.official.picking import OutputFault, pick
from baselines.official.staging import Staged
from baselines.outside.process import Ended

Calls = tuple[tuple[float, float], ...]
"""For each call of a video writer when it began and when it was over, on the clock of `time.monotonic`."""


def process_speed(
    output: Output, work: Path, staged: Sequence[Staged], ended: Ended, *, lossless: bool
) -> ProcessSpeed:
    """What is known of a process that has ended.

    Args:
        lossless: frames were recorded, where the repository's writer can be.
    """
    frames = sum(one.slot.frame_count for one in staged)
    calls = _calls(output, work, staged) if lossless and output.recorder is not None else []
    first_frame_s, unseen = None, _reason(output, lossless)
    frame_s: tuple[float, ...] = ()
    if calls:
        first_frame_s = min(one[0][0] for one in calls) - ended.started_s
    if unseen is None:
        assert output.recorded_batch is not None
        frame_s = tuple(one for clip in calls for one in frame_seconds(clip, output.recorded_batch))
        if not frame_s:
            unseen = f"all frames of a clip came in one batch of {output.recorded_batch}"
    return ProcessSpeed(
        started_at=round(time.time() - time.monotonic() + ended.started_s, 3),
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


def _calls(output: Output, work: Path, staged: Sequence[Staged]) -> list[Calls]:
    """Of each clip of the process that was recorded, in no order."""
    found = []
    for one in staged:
        try:
            picked = pick(output, work, one, lossless=True)
            if picked.images:
                lines = (picked.images[0].parent / "times.txt").read_text().splitlines()
                begun_ended = [(float(begun), float(over)) for begun, over in (line.split() for line in lines)]
                found += [tuple(begun_ended)] if begun_ended else []
        except (OutputFault, OSError, ValueError):
            continue  # a clip that failed says nothing; its case has its reason
    return found


def _peak_gpu(folder: Path) -> int | None:
    try:
        return max((int(file.read_text()) for file in folder.glob("gpu-*.txt")), default=None)
    except (OSError, ValueError):
        return None
