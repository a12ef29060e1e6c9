"""Where frames come from: a file, images or an array; read from the first, a few at a time, as often as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.features.types.extractor import ClipInfo
from feed_dataset.core.jobs.array_store import file_sha256, frames_sha256, key_of
from feed_dataset.core.jobs.errors import ImageDecodeError, VideoDecodeError

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
_BATCH_BYTES = 1 << 27  # five 4K frames


@dataclass(frozen=True)
class VideoSource:
    """One video whose frames can be had.

    Args:
        sha256: of everything that decides the pixels.
        frame_count: as declared; damage may end the frames earlier.
        describe: rate and size; may open the file.
        read: an iterator of frames uint8 [H, W, 3] RGB; VideoDecodeError or ImageDecodeError ends the video there.
        first_frame_s: when the first frame is shown, on the clock of the file's sound.
        fault: what is known to be missing before anything is decoded.
    """

    sha256: str
    frame_count: int
    describe: Callable[[], ClipInfo]
    read: Callable[[], Iterator[np.ndarray]]
    first_frame_s: float = 0.0
    fault: str | None = None

    @property
    def info(self) -> ClipInfo:
        """Rate and size."""
        return self.describe()

    @classmethod
    def from_file(cls, path: Path | str) -> VideoSource:
        """A video, or an image as one frame. Reads packets, not pixels.

        Raises:
            VideoDecodeError, ImageDecodeError: nothing can be read from it.
        """
        file = Path(path)
        if file.suffix.lower() in IMAGE_SUFFIXES:
            return cls.from_images([file], Fraction(1))
        from feed_dataset.core.media.containers import reader_name
        from feed_dataset.core.media.pyav_reader import PyAvReader
        from feed_dataset.core.media.scan import scan_video
        from feed_dataset.core.media.whole_video import describe

        scan = scan_video(file)
        shown = describe(file, scan)
        info = ClipInfo(scan.fps, shown.height_px, shown.width_px)

        def read() -> Iterator[np.ndarray]:
            with PyAvReader(file, scan.index) as reader:
                for _, frame in reader.stream():
                    yield frame

        return cls(
            sha256=key_of("file", reader_name(), file_sha256(file)),
            frame_count=scan.index.frame_count,
            describe=lambda: info,
            read=read,
            first_frame_s=scan.index.first_s,
            fault=scan.fault,
        )

    @classmethod
    def from_images(cls, paths: Sequence[Path], fps: Fraction) -> VideoSource:
        """One frame per image file, in the order given; all of one size. Raises ImageDecodeError."""
        from feed_dataset.core.media.images import read_image

        if not paths:
            raise VideoDecodeError("no images", "images", "expected at least one image but got none")
        height, width = read_image(paths[0]).shape[:2]

        def read() -> Iterator[np.ndarray]:
            return map(read_image, paths)

        return cls(
            sha256=key_of("images", str(fps), [file_sha256(path) for path in paths]),
            frame_count=len(paths),
            describe=lambda: ClipInfo(fps, height, width),
            read=read,
        )

    @classmethod
    def from_frames(cls, frames: np.ndarray, fps: Fraction, sha256: str | None = None) -> VideoSource:
        """Frames uint8 [T, H, W, 3] that are in memory; `sha256` of them where it is known."""
        if frames.ndim != 4 or frames.dtype != np.uint8 or frames.shape[3] != 3:
            raise ValueError(f"expected frames uint8 [T, H, W, 3] but got {frames.dtype} {list(frames.shape)}")
        info = ClipInfo(fps, frames.shape[1], frames.shape[2])
        # Some features depend on the frame rate too.
        key = key_of("frames", str(fps), sha256 or frames_sha256(frames))
        return cls(key, len(frames), lambda: info, lambda: iter(frames))


class FrameStream:
    """The frames of a source in batches; damage ends them and leaves its reason in `problem`."""

    def __init__(self, source: VideoSource, batch_frames: int) -> None:
        if batch_frames < 1:
            raise ValueError(f"expected batches of at least one frame but got {batch_frames}")
        self._source = source
        self._batch_frames = batch_frames
        self.problem: str | None = source.fault

    def __iter__(self) -> Iterator[np.ndarray]:
        """Batches uint8 [B, H, W, 3], B <= batch_frames, fewer where frames are large."""
        waiting: list[np.ndarray] = []
        for frame in self._frames():
            waiting.append(frame)
            if len(waiting) >= min(self._batch_frames, _BATCH_BYTES // frame.nbytes):
                yield np.stack(waiting)
                waiting = []
        if waiting:
            yield np.stack(waiting)

    def _frames(self) -> Iterator[np.ndarray]:
        size: tuple[int, ...] | None = None
        count = 0
        try:
            for frame in self._source.read():
                if size is not None and frame.shape != size:
                    self.problem = f"the frame size changes at frame {count}"
                    return
                size = frame.shape
                count += 1
                yield frame
        except (VideoDecodeError, ImageDecodeError) as error:
            self.problem = str(error)
