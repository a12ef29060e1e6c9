"""From what a repository left to finished frames: placed, checked, at the driver's side, without loss."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from baselines.interface.errors import OutputFault
from baselines.official.adapter import Adapter
from baselines.official.checks import FrameWatch, check_size, distance, small_grey
from baselines.official.driver_greys import DriverGreys
from baselines.official.picking import Picked, pick, placement
from baselines.official.staging import Staged, resized, source_image
from baselines.outside.batch import BatchCase
from feed_dataset.core.jobs.atomic import replacing

_RECORDING_LEVELS = 12.0
"""Mean difference of brightness at 64 px from which recorded frames are not the video's: codecs stay far below."""


@dataclass(frozen=True)
class Collected:
    """One finished case.

    Args:
        frames_sha256: of the pixels as the repository made them.
        remarks: what a reader must know of them.
    """

    case_id: str
    frames_sha256: str
    is_lossless: bool
    remarks: tuple[str, ...]


def collect(
    adapter: Adapter, drivers: DriverGreys, work: Path, staged: Staged, out: Path, *, lossless: bool
) -> list[Collected]:
    """Write OUT/<id>.mkv for every case of a slot.

    Args:
        drivers: of the batch that the cases are of.

    Raises:
        BatchError: the driver of a case has another number of frames than it should have.
        OutputFault: what was left is no result.
        FeedError: it cannot be read.
        OSError: the disk cannot be written.
    """
    assert adapter.output is not None and adapter.inputs is not None
    picked = pick(adapter.output, work, staged, lossless=lossless)
    made = picked.frame_count
    numbers = placement(adapter.output, adapter.inputs, staged, made)
    if picked.recording is not None and adapter.output.recorded_file is None:
        _check_recording(picked)
    frames = _chosen(picked.frames(), numbers)
    return [_one(adapter, drivers, case, frames, out, picked.is_lossless) for case in staged.slot.cases]


def _one(
    adapter: Adapter, drivers: DriverGreys, case: BatchCase, frames: Iterator[np.ndarray], out: Path, is_lossless: bool
) -> Collected:
    from feed_dataset.core.media.lossless import LosslessWriter

    assert adapter.output is not None and adapter.inputs is not None
    source = source_image(drivers.batch, case)
    side = adapter.output.side_px or adapter.inputs.size_px or source.shape[0]
    by_audio = "image" not in adapter.drives
    driver = drivers.of(case)
    watch, digest = FrameWatch(source, by_audio=by_audio), hashlib.sha256()
    with replacing(out / f"{case.id}.mkv") as temporary, LosslessWriter(temporary, case.fps) as writer:
        for place in range(case.frame_count):
            frame = _panel(next(frames), adapter)
            check_size(frame, side, adapter.output.side_tolerance_px)
            digest.update(np.ascontiguousarray(frame).data)
            scaled = resized(frame, source.shape[0])
            watch.add(scaled, None if driver is None else driver[place])
            writer.write(scaled[None])
        watch.check()
    return Collected(case.id, digest.hexdigest(), is_lossless, tuple(watch.remarks()))


def _chosen(frames: Iterator[np.ndarray], numbers: np.ndarray) -> Iterator[np.ndarray]:
    """Frames by their increasing numbers, some more than once."""
    place, frame = -1, None
    for number in numbers:
        while place < number:
            frame = next(frames, None)
            if frame is None:
                raise OutputFault(f"expected a frame {number} but the video ends after {place + 1}")
            place += 1
        assert frame is not None
        yield frame


def _panel(frame: np.ndarray, adapter: Adapter) -> np.ndarray:
    """The part of the picture with the result. Raises OutputFault for a picture of another size."""
    assert adapter.output is not None
    if adapter.output.panel is None:
        return frame
    assert adapter.output.picture is not None
    width, height = adapter.output.picture
    if frame.shape[:2] != (height, width):
        raise OutputFault(f"expected a panel of {width}x{height} px but got {frame.shape[1]}x{frame.shape[0]}")
    left, top, across, down = adapter.output.panel
    return np.ascontiguousarray(frame[top : top + down, left : left + across])


def _check_recording(picked: Picked) -> None:
    """Recorded frames must be those of the video: as many, and alike."""
    video = Picked(picked.video)
    if video.frame_count != picked.frame_count:
        raise OutputFault(
            f"expected as many recorded frames as the video has ({video.frame_count}) but got {picked.frame_count}"
        )
    shown, recorded = next(video.frames()), next(picked.frames())
    levels = distance(small_grey(shown), small_grey(recorded))
    if levels > _RECORDING_LEVELS:
        raise OutputFault(f"expected recorded frames like the video's but they differ by {levels:.0f} levels")
