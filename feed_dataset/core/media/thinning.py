"""Some frames of a video, spread evenly, without keeping the others: a 4K take does not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.containers import reader_name
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.scan import scan_video


@dataclass(frozen=True)
class FramePlan:
    """Which frames of a video are used."""

    path: Path
    indices: tuple[int, ...]
    frame_count: int
    fps: Fraction  # of the frames that are used
    times_s: tuple[float, ...]  # of the frames that are used, on the clock of the file's sound

    @property
    def first_frame_s(self) -> float:
        """When the first of them is shown."""
        return self.times_s[0]

    @property
    def is_whole(self) -> bool:
        """Whether every frame of the video is used."""
        return len(self.indices) == self.frame_count


def plan_frames(path: Path, budget: int, *, every: int = 1) -> FramePlan:
    """Choose at most `budget` frames of every `every`-th one. Raises VideoDecodeError for an unreadable file."""
    scan = scan_video(path)
    count = scan.index.frame_count
    indices = tuple(every * i for i in spread(len(range(0, count, every)), budget))
    if len(indices) < 2:
        raise VideoDecodeError(path, reader_name(), f"expected at least 2 frames but it has {count}")
    fps = scan.fps * Fraction(len(indices) - 1, indices[-1] - indices[0])
    return FramePlan(path, indices, count, fps, tuple(scan.index.times_s[list(indices)].tolist()))


def spread(count: int, budget: int) -> tuple[int, ...]:
    """Indices of at most `budget` of `count` frames, evenly, first and last included."""
    if count <= budget:
        return tuple(range(count))
    return tuple(int(i) for i in np.round(np.linspace(0, count - 1, budget)))


def read_planned(plan: FramePlan) -> Iterator[np.ndarray]:
    """The planned frames, uint8 [H, W, 3] each, in order.

    Raises:
        VideoDecodeError: a frame cannot be decoded, or the file ends before what it declares.
    """
    with open_reader(plan.path) as reader:
        for _, picture in reader.read(np.array(plan.indices)):
            yield picture
