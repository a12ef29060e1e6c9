"""Where the frames of a crop go: an H.264 video or a folder of images. Frames may come in any order."""

from __future__ import annotations

import shutil
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.media.types import Audio

_PRESET = "veryfast"  # a third of the time of "medium"; the rate factor sets the quality
_WEBP_QUALITY = 95
_PNG_LEVEL = 3


class FrameSink(Protocol):
    """Takes frames and shows the result only when it is whole."""

    def put(self, index: int, frame: np.ndarray) -> None: ...  # uint8 [S, S, 3]

    def finish(self, audio: Audio | None) -> Path: ...

    def abandon(self) -> None: ...


class VideoSink:
    """Frames wait in a file on disk until all are there, so that memory does not grow with the clip."""

    def __init__(
        self,
        path: Path,
        size_px: int,
        fps: Fraction,
        times_s: np.ndarray,  # float64 [T]
        crf: int,
    ) -> None:
        self._path, self._fps, self._times_s, self._crf = path, fps, times_s, crf
        path.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}.", suffix=".tmp", dir=path.parent))
        shape = (len(times_s), size_px, size_px, 3)
        self._frames = np.memmap(self._folder / "frames", dtype=np.uint8, mode="w+", shape=shape)

    def put(self, index: int, frame: np.ndarray) -> None:
        self._frames[index] = frame

    def finish(self, audio: Audio | None) -> Path:
        from feed_dataset.core.media.writer import write_video

        write_video(
            self._path, self._frames, self._fps, times_s=self._times_s, audio=audio, crf=self._crf, preset=_PRESET
        )
        self.abandon()
        return self._path

    def abandon(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class FolderSink:
    """One PNG or WebP per frame: 000000.png, 000001.png, ..."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._final, self._suffix = folder, suffix
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))

    def put(self, index: int, frame: np.ndarray) -> None:
        write_image(self._folder / f"{index:06d}{self._suffix}", frame)

    def finish(self, audio: Audio | None) -> Path:
        shutil.rmtree(self._final, ignore_errors=True)
        self._folder.chmod(0o755)  # mkdtemp makes it private
        self._folder.rename(self._final)
        return self._final

    def abandon(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class ImageSink:
    """The only frame of an image."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, index: int, frame: np.ndarray) -> None:
        write_image(self._path, frame)

    def finish(self, audio: Audio | None) -> Path:
        return self._path

    def abandon(self) -> None:
        self._path.unlink(missing_ok=True)


def write_image(
    path: Path,
    image: np.ndarray,  # uint8 [H, W, 3] RGB or [H, W]
) -> None:
    """Write a PNG or WebP; atomic."""
    from PIL import Image

    with replacing(path) as temporary:
        if path.suffix == ".webp":
            Image.fromarray(image).save(temporary, quality=_WEBP_QUALITY)
        else:
            Image.fromarray(image).save(temporary, compress_level=_PNG_LEVEL)
