"""One value for a video, from input to report: which frames, how fast, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.features.types.extractor import ClipInfo
from feed_dataset.core.jobs.array_store import file_sha256, frames_sha256, key_of
from feed_dataset.core.jobs.errors import ImageDecodeError, VideoDecodeError
from feed_dataset.core.media.frame_index import FrameIndex
from feed_dataset.core.media.suffixes import IMAGE_SUFFIXES
from feed_dataset.core.media.timing import is_steady

_BATCH_BYTES = 1 << 27  # five 4K frames


@dataclass(frozen=True)
class FrameSequence:
    """The frames of one video. Plain data: it goes to worker processes, and stays true for as long as its file does.

    Args:
        content_id: of everything that decides the pixels and their times.
        frame_count: as declared; damage may end the frames earlier.
        fps: frames a second, on average.
        height_px, width_px: of every frame.
        read: an iterator of frames uint8 [H, W, 3] RGB; VideoDecodeError or ImageDecodeError ends the video there.
        first_frame_s: when the first frame is shown, on the clock of the file's audio.
        is_whole: no frame of the file was left out, so that its audio fits.
        fault: what is known to be missing before anything is decoded.
        stamps_s: when each frame is shown, since the first; None where frames have a rate and no times of their own.
        length_s: how long the frames last where the file's audio goes on after them; None where it does not.
    """

    content_id: str
    frame_count: int
    fps: Fraction
    height_px: int
    width_px: int
    read: Callable[[], Iterator[np.ndarray]]
    first_frame_s: float = 0.0
    is_whole: bool = True
    fault: str | None = None
    stamps_s: tuple[float, ...] | None = None
    length_s: float | None = None

    def __post_init__(self) -> None:
        if self.stamps_s is not None and len(self.stamps_s) != self.frame_count:
            raise ValueError(f"expected a time of each of {self.frame_count} frames but got {len(self.stamps_s)}")

    def __repr__(self) -> str:
        size = f"{self.width_px}x{self.height_px}"
        return f"FrameSequence({self.frame_count} frames of {size} at {float(self.fps):g}/s, {self.content_id[:12]})"

    @property
    def info(self) -> ClipInfo:
        """Rate, size and times, as extractors want them."""
        return ClipInfo(self.fps, self.height_px, self.width_px, self.times_s)

    @property
    def times_s(self) -> np.ndarray:
        """When each frame is shown, since the first: float64 [T]."""
        if self.stamps_s is not None:
            return np.array(self.stamps_s)
        return np.arange(self.frame_count) / float(self.fps)

    def first(self) -> FrameSequence:
        """The first frame as a sequence of its own. Raises VideoDecodeError where there is none."""
        frame = next(iter(self.read()), None)
        if frame is None:
            raise VideoDecodeError("no frames", "frames", "expected at least one frame but got none")
        return FrameSequence.from_frames(frame[None].copy(), self.fps)  # a view would keep all frames

    @classmethod
    def from_file(cls, path: Path | str) -> FrameSequence:
        """A video, or an image as one frame. Reads packets, not pixels.

        Raises:
            VideoDecodeError, ImageDecodeError: nothing can be read from it.
        """
        file = Path(path)
        if file.suffix.lower() in IMAGE_SUFFIXES:
            return cls.from_images([file], Fraction(1))
        from feed_dataset.core.media.containers import reader_name
        from feed_dataset.core.media.scan import scan_video
        from feed_dataset.core.media.whole_video import describe

        scan = scan_video(file, first_frame=True)
        shown = describe(file, scan)
        stretch = () if shown.pixel_aspect == 1 else (f"square pixels {shown.width_px}",)
        return cls(
            content_id=key_of("file", reader_name(), file_sha256(file), *stretch),
            frame_count=scan.index.frame_count,
            fps=scan.fps,
            height_px=shown.height_px,
            width_px=shown.width_px,
            read=_VideoFile(file, scan.index),
            first_frame_s=scan.index.first_s,
            fault=scan.fault,
            stamps_s=stamps_of(scan.index.times_s),
        )

    @classmethod
    def from_images(
        cls, paths: Sequence[Path], fps: Fraction, stamps_s: tuple[float, ...] | None = None
    ) -> FrameSequence:
        """One frame per image file, in the order given; all of one size. Raises ImageDecodeError."""
        from feed_dataset.core.media.images import read_image

        if not paths:
            raise VideoDecodeError("no images", "images", "expected at least one image but got none")
        height, width = read_image(paths[0]).shape[:2]
        content_id = key_of("images", *_clock(fps, stamps_s), [file_sha256(path) for path in paths])
        return cls(content_id, len(paths), fps, height, width, _ImageFiles(tuple(paths)), stamps_s=stamps_s)

    @classmethod
    def from_frames(cls, frames: np.ndarray, fps: Fraction, stamps_s: tuple[float, ...] | None = None) -> FrameSequence:
        """Frames uint8 [T, H, W, 3] that are in memory."""
        if frames.ndim != 4 or frames.dtype != np.uint8 or frames.shape[3] != 3:
            raise ValueError(f"expected frames uint8 [T, H, W, 3] but got {frames.dtype} {list(frames.shape)}")
        content_id = frames_id(frames_sha256(frames), fps, stamps_s)
        height, width = frames.shape[1:3]
        return cls(content_id, len(frames), fps, height, width, _InMemory(frames), stamps_s=stamps_s)

    def in_memory(self, frames: np.ndarray) -> FrameSequence:
        """The same video, read from frames uint8 [T, H, W, 3] that are here already."""
        return replace(self, read=_InMemory(frames))


def frames_id(frames_sha256: str, fps: Fraction, stamps_s: tuple[float, ...] | None) -> str:
    """Content id of pixels that are known by their hash; some features depend on their times, too."""
    return key_of("frames", *_clock(fps, stamps_s), frames_sha256)


def stamps_of(
    times_s: np.ndarray,  # float64 [T] on any clock
) -> tuple[float, ...]:
    """Times since the first, as `FrameSequence` has them, to a microsecond."""
    return tuple(np.round(times_s - times_s[:1], 6).tolist())


def _clock(fps: Fraction, stamps_s: tuple[float, ...] | None) -> tuple[object, ...]:
    """What of the times goes into a content id."""
    return (str(fps),) if stamps_s is None or is_steady(np.array(stamps_s), fps) else (list(stamps_s),)


@dataclass(frozen=True)
class _VideoFile:
    path: Path
    index: FrameIndex

    def __call__(self) -> Iterator[np.ndarray]:
        from feed_dataset.core.media.pyav_reader import PyAvReader

        with PyAvReader(self.path, self.index) as reader:
            for _, frame in reader.stream():
                yield frame


@dataclass(frozen=True)
class _ImageFiles:
    paths: tuple[Path, ...]

    def __call__(self) -> Iterator[np.ndarray]:
        from feed_dataset.core.media.images import read_image

        return map(read_image, self.paths)


@dataclass(frozen=True, eq=False)
class _InMemory:
    frames: np.ndarray  # uint8 [T, H, W, 3]

    def __call__(self) -> Iterator[np.ndarray]:
        return iter(self.frames)


class FrameStream:
    """The frames of a sequence in batches; damage ends them and leaves its reason in `problem`."""

    def __init__(self, sequence: FrameSequence, batch_frames: int) -> None:
        if batch_frames < 1:
            raise ValueError(f"expected batches of at least one frame but got {batch_frames}")
        self._sequence = sequence
        self._batch_frames = batch_frames
        self.problem: str | None = sequence.fault

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
            for frame in self._sequence.read():
                if size is not None and frame.shape != size:
                    self.problem = f"the frame size changes at frame {count}"
                    return
                size = frame.shape
                count += 1
                yield frame
        except (VideoDecodeError, ImageDecodeError) as error:
            self.problem = str(error)
