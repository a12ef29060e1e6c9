"""Thumbnails of a pair for the report: a few frames each, caught while the videos are decoded for their features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.jobs.array_store import frames_sha256, save_arrays
from feed_dataset.core.media.thinning import spread

if TYPE_CHECKING:
    from benchmark.features import VideoSource

COLUMNS = 7
THUMBNAIL_PX = 144


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


def shrink(frame: np.ndarray) -> np.ndarray:
    """The middle square of a frame uint8 [H, W, 3] as a thumbnail [S, S, 3]."""
    import cv2

    side = min(frame.shape[:2])
    top, left = (frame.shape[0] - side) // 2, (frame.shape[1] - side) // 2
    frame = frame[top : top + side, left : left + side]
    how = cv2.INTER_AREA if frame.shape[0] >= THUMBNAIL_PX else cv2.INTER_CUBIC
    small: np.ndarray = cv2.resize(np.ascontiguousarray(frame), (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=how)
    return small
