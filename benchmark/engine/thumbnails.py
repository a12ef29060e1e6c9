"""Thumbnails for the report: a few frames of each video, caught while it is decoded for its features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmark.features.types.sequence import FrameSequence
from feed_dataset.core.jobs.array_store import load_arrays, save_arrays
from feed_dataset.core.media.thinning import spread

COLUMNS = 7
THUMBNAIL_PX = 144


def thumbnail_path(folder: Path, content_id: str) -> Path:
    """Where the thumbnails of a video lie: found by its content, whatever the user's file is called."""
    return folder / f"{content_id[:32]}.safetensors"


class ThumbnailTap:
    """A video whose frames are seen in passing.

    Args:
        video: the frames.
        folder: where thumbnails are kept.
    """

    def __init__(self, video: FrameSequence, folder: Path) -> None:
        self._original = video
        self._target = thumbnail_path(folder, video.content_id)
        self._wanted = set(spread(max(video.frame_count, 1), COLUMNS))
        self._seen: dict[int, np.ndarray] = {}
        self.video: FrameSequence = replace(video, read=self._read)

    def save(self) -> None:
        """Write the thumbnails where they are not yet; decodes only if nobody did."""
        if self._target.is_file():
            return
        if not self._seen:
            for _ in self._read():
                pass
        if self._seen:
            save_arrays(self._target, {"frames": np.stack([self._seen[i] for i in sorted(self._seen)])}, {})

    def _read(self) -> Iterator[np.ndarray]:
        for index, frame in enumerate(self._original.read()):
            if index in self._wanted and index not in self._seen:
                self._seen[index] = shrink(frame)
            yield frame


def load_thumbnails(path: Path) -> np.ndarray | None:
    """uint8 [N, S, S, 3], or None when they are absent, damaged, or no thumbnails of ours."""
    loaded = load_arrays(path)
    frames = None if loaded is None else loaded[0].get("frames")
    if frames is None or frames.dtype != np.uint8 or frames.shape[1:] != (THUMBNAIL_PX, THUMBNAIL_PX, 3):
        return None
    return frames if 1 <= len(frames) <= COLUMNS else None


def shrink(frame: np.ndarray, side_px: int = THUMBNAIL_PX) -> np.ndarray:
    """The middle square of a frame uint8 [H, W, 3] as a small picture [S, S, 3]."""
    import cv2

    side = min(frame.shape[:2])
    top, left = (frame.shape[0] - side) // 2, (frame.shape[1] - side) // 2
    frame = frame[top : top + side, left : left + side]
    how = cv2.INTER_AREA if frame.shape[0] >= side_px else cv2.INTER_CUBIC
    small: np.ndarray = cv2.resize(np.ascontiguousarray(frame), (side_px, side_px), interpolation=how)
    return small
