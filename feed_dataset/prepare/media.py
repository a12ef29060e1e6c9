"""A source as frames that can be read more than once, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.timing import mean_rate
from feed_dataset.core.media.types import Audio
from feed_dataset.prepare.sources import Source


class Media(Protocol):
    """Frames, times and sound of one source."""

    count: int
    times_s: np.ndarray  # float64 [T]
    fps: Fraction
    width_px: int
    height_px: int
    has_audio: bool
    reader: str

    @property
    def hw(self) -> tuple[int, int]: ...

    def frames(self, start: int, stop: int) -> Iterator[tuple[int, np.ndarray]]: ...  # uint8 [H, W, 3]

    def audio(self) -> Audio | None: ...


@dataclass
class ImageMedia:
    """A still image: one frame."""

    image: np.ndarray  # uint8 [H, W, 3]
    count: int = 1
    fps: Fraction = Fraction(25)
    has_audio: bool = False
    reader: str = ""

    def __post_init__(self) -> None:
        import PIL

        self.times_s = np.zeros(1)
        self.height_px, self.width_px = self.image.shape[:2]
        self.reader = f"pillow {PIL.__version__}"

    @property
    def hw(self) -> tuple[int, int]:
        return self.height_px, self.width_px

    def frames(self, start: int, stop: int) -> Iterator[tuple[int, np.ndarray]]:
        if start < 1 <= stop:
            yield 0, self.image

    def audio(self) -> Audio | None:
        return None


class VideoMedia:
    """A video, decoded frame by frame at its own size."""

    def __init__(self, path: Path) -> None:
        from feed_dataset.core.media.reader import open_reader
        from feed_dataset.core.media.whole_video import has_audio_stream

        self._path = path
        self._reader = open_reader(path)
        index = self._reader.index
        self.count = index.frame_count
        self.times_s = index.times_s - index.first_s
        self.start_s = index.first_s  # of the first frame on the file's own clock
        self.fps = mean_rate(index.times_s)
        self.has_audio = has_audio_stream(path)
        self.reader = self._reader.name
        _, first = next(iter(self._reader.stream(0, 1)))
        self.height_px, self.width_px = first.shape[:2]

    @property
    def hw(self) -> tuple[int, int]:
        return self.height_px, self.width_px

    def frames(self, start: int, stop: int) -> Iterator[tuple[int, np.ndarray]]:
        for index, frame in self._reader.stream(start, stop):
            if frame.shape[:2] != self.hw:
                raise VideoDecodeError(self._path, self.reader, f"the frame size changes at frame {index}")
            yield index, frame

    def audio(self) -> Audio | None:
        """The sound from the first frame on."""
        from feed_dataset.core.media.audio import read_audio

        sound = read_audio(self._path, self.start_s)
        return sound if sound is not None and len(sound.samples) else None

    def close(self) -> None:
        self._reader.close()


@contextmanager
def open_source(source: Source) -> Iterator[Media]:
    """Open a video or image. Raises VideoDecodeError or ImageDecodeError."""
    from feed_dataset.core.media.images import read_image

    if source.is_image:
        yield ImageMedia(read_image(source.path))
        return
    video = VideoMedia(source.path)
    try:
        yield video
    finally:
        video.close()
