"""Some frames of a video, spread evenly, without keeping the others: a 4K take does not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.containers import reader_name
from feed_dataset.core.media.frame_index import FrameIndex
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.scan import scan_video

_ROUNDING_S = 1e-6  # of time stamps


@dataclass(frozen=True)
class FramePlan:
    """Which frames of a video are used.

    Args:
        frame_count: of the video, or of the part of it that is looked at.
        fps: of the frames that are used.
        times_s: of the frames that are used, on the clock of the file's sound.
        length_s: how long the part lasts that is looked at; None where that is the whole file.
    """

    path: Path
    indices: tuple[int, ...]
    frame_count: int
    fps: Fraction
    times_s: tuple[float, ...]
    length_s: float | None = None

    @property
    def first_frame_s(self) -> float:
        """When the first of them is shown."""
        return self.times_s[0]

    @property
    def is_whole(self) -> bool:
        """Whether every frame is used."""
        return len(self.indices) == self.frame_count


def plan_frames(path: Path, budget: int, *, every: int = 1, span_s: tuple[float, float] | None = None) -> FramePlan:
    """Choose at most `budget` frames of every `every`-th one.

    Args:
        span_s: how long the video must be, and how much of it, from its start, is looked at.

    Raises:
        VideoDecodeError: the file is unreadable, has less than 2 frames, or is shorter than it must be.
    """
    scan = scan_video(path)
    count, length_s = scan.index.frame_count, None
    if span_s is not None:
        count, length_s = _looked_at(path, scan.index, *span_s)
    indices = tuple(every * i for i in spread(len(range(0, count, every)), budget))
    if len(indices) < 2:
        raise VideoDecodeError(path, reader_name(), f"expected at least 2 frames but it has {count}")
    fps = scan.fps * Fraction(len(indices) - 1, indices[-1] - indices[0])
    return FramePlan(path, indices, count, fps, tuple(scan.index.times_s[list(indices)].tolist()), length_s)


def _looked_at(path: Path, index: FrameIndex, shortest_s: float, longest_s: float) -> tuple[int, float | None]:
    """Frames that begin within the first `longest_s`, and how long they last where others follow."""
    since_s = index.times_s - index.first_s
    lasts_s = float(since_s[-1]) + index.frame_s
    if lasts_s < shortest_s - _ROUNDING_S:
        raise VideoDecodeError(path, reader_name(), f"expected at least {shortest_s:g} s but it lasts {lasts_s:.3g} s")
    count = int(np.searchsorted(since_s, longest_s - _ROUNDING_S))
    return (count, float(since_s[count])) if count < len(since_s) else (count, None)


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
