"""Thumbnails of a pair for the report: a few frames each, caught while the videos are decoded for their features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmark.decode import spread
from benchmark.report.sheets import COLUMNS, shrink
from benchmark.store import frames_sha256, save_arrays

if TYPE_CHECKING:
    from benchmark.extract import VideoSource


@dataclass(frozen=True)
class PicturePaths:
    """Where the thumbnails of one pair lie."""

    folder: Path  # of the run
    generated: str  # relative to it
    reference: str
    source: str


def picture_paths(folder: Path, key: str) -> PicturePaths:
    """Names that do not depend on how the user's files are called."""
    return PicturePaths(folder, *(f"pictures/{key[:24]}-{what}.safetensors" for what in ("g", "r", "s")))


class Watched:
    """A video whose frames are seen in passing."""

    def __init__(self, video: VideoSource, target: Path) -> None:
        self._original = video
        self._target = target
        self._wanted = set(spread(max(video.frame_count, 1), COLUMNS))
        self._seen: dict[int, np.ndarray] = {}
        self.video: VideoSource = replace(video, read=self._read)

    def save(self) -> None:
        """Write the thumbnails where they are not yet; decodes only if nobody did."""
        if self._target.is_file():
            return
        if not self._seen:
            for _ in self._read():
                pass
        frames = np.stack([self._seen[index] for index in sorted(self._seen)])
        about = {"fps": "1", "frames_sha256": frames_sha256(frames), "is_whole": False, "first_frame_s": 0.0}
        save_arrays(self._target, {"frames": frames}, about)

    def _read(self) -> Iterator[np.ndarray]:
        for index, frame in enumerate(self._original.read()):
            if index in self._wanted and index not in self._seen:
                self._seen[index] = shrink(frame)
            yield frame
