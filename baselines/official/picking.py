"""Where the frames of a slot are, and which of them belongs to which driver frame."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from baselines.interface.errors import OutputFault
from baselines.official.adapter import Inputs, Output
from baselines.official.job import RECORDED
from baselines.official.placeholders import filled
from baselines.official.recording import Recording, find_recording
from baselines.official.staging import Staged
from baselines.outside.existing import frame_files

if TYPE_CHECKING:
    from feed_dataset.core.media.frame_index import FrameIndex


@dataclass(frozen=True)
class Picked:
    """The frames of one slot.

    Args:
        video: where they come from, unless from images or a recording. images: files of single frames.
        recording: of what went into the video.
        is_lossless: no codec has touched them.
    """

    video: Path | None = None
    images: tuple[Path, ...] | None = None
    recording: Recording | None = None
    is_lossless: bool = False

    @property
    def frame_count(self) -> int:
        """How many there are. Raises FeedError when the video cannot be read."""
        if self.recording is not None:
            return self.recording.frame_count
        return len(self.images) if self.images is not None else self._index.frame_count

    def frames(self) -> Iterator[np.ndarray]:
        """All of them, uint8 [H, W, 3]. Raises FeedError."""
        from feed_dataset.core.media.images import read_image
        from feed_dataset.core.media.reader import open_reader

        if self.recording is not None:
            yield from self.recording.frames()
            return
        if self.images is not None:
            yield from (read_image(path) for path in self.images)
            return
        assert self.video is not None
        with open_reader(self.video, index=self._index) as reader:
            yield from (frame for _, frame in reader.stream())

    @cached_property
    def _index(self) -> FrameIndex:
        from feed_dataset.core.media.scan import sound_index

        assert self.video is not None
        return sound_index(self.video)


def pick(output: Output, work: Path, staged: Staged, *, lossless: bool) -> Picked:
    """The one output of a slot.

    Raises:
        OutputFault: none, several, an empty file, or frames that were to be recorded and were not.
    """
    pattern = filled(output.file, staged.values)
    found = sorted(path for path in work.glob(pattern) if path.exists())
    if output.images:
        return Picked(images=_images(found, pattern), is_lossless=all(path.suffix == ".png" for path in found))
    if len(found) != 1:
        names = ", ".join(path.name for path in found[:3])
        raise OutputFault(f"expected one file {pattern} but got {len(found)}{': ' + names if names else ''}")
    file = found[0]
    if file.stat().st_size == 0:
        raise OutputFault(f"expected a video but {file.name} is empty (0 bytes)")
    if not lossless or output.recorder is None:
        return Picked(file)
    wanted = escape(file.name) if output.recorded_file is None else filled(output.recorded_file, staged.values)
    return Picked(file, recording=find_recording(work / RECORDED, wanted), is_lossless=True)


def _images(found: list[Path], pattern: str) -> tuple[Path, ...]:
    if not found:
        raise OutputFault(f"expected images {pattern} but got none")
    files = frame_files(found[0].parent)
    kept = set(found)
    return tuple(path for path in files if path in kept)


def placement(output: Output, inputs: Inputs, staged: Staged, made: int) -> np.ndarray:
    """For each driver frame of a slot the number of the frame that belongs to it, int64 [T], increasing.

    Args:
        made: how many frames came.

    Raises:
        OutputFault: another number than the repository's rule gives.
    """
    before, after = inputs.pad_frames
    wanted = staged.slot.frame_count
    if output.rule == "frame":
        if made != wanted:
            raise OutputFault(
                f"expected {wanted} frames, one for each driver frame"
                f"{f' ({before} and {after} more were staged for those that it drops)' if before or after else ''},"
                f" but got {made}"
            )
        return np.arange(wanted)
    assert output.fps is not None
    expected = math.floor(staged.seconds * output.fps + output.offset_frames + 1e-6)
    if abs(made - expected) > output.tolerance_frames:
        raise OutputFault(
            f"expected {expected} frames of {staged.seconds:.3f} s audio at {output.fps:g} fps (at most"
            f" {output.tolerance_frames} more or fewer) but got {made}"
        )
    fps = float(staged.slot.cases[0].fps)
    numbers = np.floor(np.arange(wanted) / fps * output.fps + 0.5).astype(np.int64)  # the nearest in time
    if numbers[-1] >= made:
        lacking = int(np.count_nonzero(numbers >= made))
        raise OutputFault(f"expected frames up to the driver's end but the last {lacking} of {wanted} have none")
    return numbers
