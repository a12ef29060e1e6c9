"""Some frames of a video, spread evenly, without keeping the others: a 4K take does not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from feed_dataset.containers import reader_name
from feed_dataset.errors import VideoDecodeError
from feed_dataset.reading import open_reader
from feed_dataset.video import probe


@dataclass(frozen=True)
class FramePlan:
    """Which frames of a video are used."""

    path: Path
    indices: tuple[int, ...]
    frame_count: int
    fps: Fraction  # of the frames that are used


def plan_frames(path: Path, budget: int) -> FramePlan:
    """Choose at most `budget` frames. Raises VideoDecodeError for an unreadable file."""
    info = probe(path)
    indices = spread(info.frame_count, budget)
    if len(indices) < 2:
        raise VideoDecodeError(path, reader_name(), f"expected at least 2 frames but it has {info.frame_count}")
    fps = info.fps * Fraction(len(indices) - 1, indices[-1] - indices[0])
    return FramePlan(path, indices, info.frame_count, fps)


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
