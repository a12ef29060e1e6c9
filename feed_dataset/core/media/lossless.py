"""Frames on disk without loss: H.264 of RGB planes in Matroska, bit-exact, playable; same frames, same bytes.

Faces that a network made, or that a codec has smoothed, take less processor time than with FFV1, to write and to read,
and no more bytes; frames with a camera's own noise take more. Files in FFV1 of earlier versions are read as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from feed_dataset.core.media.containers import open_media, video_stream
from feed_dataset.core.media.encoders import add_video, open_output, to_frame
from feed_dataset.core.media.timing import Clock, is_steady

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_CODEC, _PIXELS = "libx264rgb", "rgb24"
_OPTIONS = {"qp": "0", "preset": "ultrafast"}  # nothing is quantised


class LosslessWriter:
    """Writes frames as they come.

    Args:
        path: the file; the caller puts it in place atomically.
        fps: frames a second, on average where they have times of their own.
        times_s: when each frame is shown, since the first: float64 [T]. None: at a constant `fps`.
    """

    def __init__(self, path: Path, fps: Fraction, times_s: np.ndarray | None = None) -> None:
        self._container: OutputContainer = open_output(path, "matroska")
        self._fps = fps
        self._clock = None if times_s is None or is_steady(times_s, fps) else Clock(times_s)
        self._count = 0
        self._stream: VideoStream | None = None

    def write(self, frames: np.ndarray) -> None:
        """Append frames uint8 [B, H, W, 3], all of one size."""
        if self._stream is None:
            height, width = frames.shape[1:3]
            time_base = None if self._clock is None else self._clock.time_base
            self._stream = add_video(
                self._container, _CODEC, self._fps, (width, height), _PIXELS, options=_OPTIONS, time_base=time_base
            )
        for picture in frames:
            frame = to_frame(picture, _PIXELS)
            if self._clock is not None:
                frame.pts, frame.time_base = self._clock.ticks(self._count), self._clock.time_base
            self._container.mux(self._stream.encode(frame))
            self._count += 1

    def close(self) -> None:
        """Finish the file."""
        try:
            if self._stream is not None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._container.close()


def iterate_lossless(path: Path) -> Iterator[np.ndarray]:
    """Frames of a file that `LosslessWriter` wrote, uint8 [H, W, 3] each. Raises VideoDecodeError."""
    with open_media(path) as container:
        for frame in container.decode(video_stream(container, path)):
            yield frame.to_ndarray(format="rgb24", threads=1)


def read_lossless(path: Path) -> np.ndarray:
    """All frames of a file that `LosslessWriter` wrote, uint8 [T, H, W, 3]."""
    return np.stack(list(iterate_lossless(path)))
