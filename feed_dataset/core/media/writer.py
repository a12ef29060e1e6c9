"""Writing H.264 clips whose bytes depend only on frames, sound, settings and encoder version."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

import numpy as np

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.media.audio import resample
from feed_dataset.core.media.encoders import aac_rate, add_audio, add_video, open_output, to_frame
from feed_dataset.core.media.timing import Clock, is_steady
from feed_dataset.core.media.types import Audio

if TYPE_CHECKING:
    from av.container import OutputContainer

_BT709 = 1  # value of colour primaries, transfer and matrix in H.264, HEVC and MP4
_MATRICES = {"bt709": ("ITU709", _BT709), "bt601": ("ITU601", 6)}  # swscale's name, and the value in the file
_AAC_BITS_PER_SECOND = 64_000


def write_video(
    path: Path | str,
    frames: np.ndarray,  # uint8 [T, H, W, 3] RGB, even height and width
    fps: Fraction | int,
    *,
    times_s: np.ndarray | None = None,  # float64 [T], where frames have times of their own
    audio: Audio | None = None,
    crf: int = 18,
    preset: str = "medium",
) -> None:
    """Write an H.264 MP4 (yuv420p, BT.709, index first), with AAC sound when `audio` is given; atomic.

    The same input gives the same bytes on any number of cores (`feed_dataset.core.media.encoders`).
    """
    _check_frames(frames)
    height, width = frames.shape[1:3]
    with VideoWriter(path, width, height, fps, times_s=times_s, audio=audio, crf=crf, preset=preset) as writer:
        for picture in frames:
            writer.add(picture)


class VideoWriter:
    """What `write_video` does for frames that come one at a time. Nothing is left when its block is left by an error.

    Args:
        fps: rate, on average where frames have times of their own.
        times_s: when each frame is shown, since the first: float64 [T]. None: at a constant `fps`.
        audio: sound from the time of the first frame on.
        threads: of the encoder, a fixed number: another one gives other bytes.
        matrix: of the luma. "bt601" is for browsers: without a GPU, Chromium and Firefox turn BT.709 into colours that
            are up to 12 levels off in blue. Primaries and transfer are BT.709 in any case, and all of it is tagged.
    """

    def __init__(
        self,
        path: Path | str,
        width_px: int,
        height_px: int,
        fps: Fraction | int,
        *,
        times_s: np.ndarray | None = None,
        audio: Audio | None = None,
        crf: int = 18,
        preset: str = "medium",
        threads: int = 1,
        matrix: Literal["bt709", "bt601"] = "bt709",
    ) -> None:
        if height_px % 2 or width_px % 2:
            raise ValueError(f"expected an even height and width (yuv420p) but got {height_px} x {width_px}")
        self._path, self._size, self._fps = Path(path), (height_px, width_px), Fraction(fps)
        self._clock = None if times_s is None or is_steady(times_s, self._fps) else Clock(times_s)
        self._audio, self._crf, self._preset, self._threads = audio, crf, preset, threads
        self._colorspace, self._matrix = _MATRICES[matrix]
        self._open = ExitStack()
        self.frame_count = 0

    def __enter__(self) -> VideoWriter:
        height, width = self._size
        settings = {"crf": str(self._crf), "preset": self._preset}
        with ExitStack() as opened:
            temporary = opened.enter_context(replacing(self._path))
            self._container = opened.enter_context(open_output(temporary, "mp4", is_index_first=True))
            self._stream = add_video(
                self._container,
                "libx264",
                self._fps,
                (width, height),
                "yuv420p",
                options=settings,
                threads=self._threads,
                time_base=None if self._clock is None else self._clock.time_base,
            )
            context = self._stream.codec_context
            context.colorspace = self._matrix
            context.color_primaries = context.color_trc = _BT709
            context.color_range = 1  # limited
            self._sound = _SoundWriter(self._container, self._audio) if self._audio is not None else None
            self._open = opened.pop_all()
        return self

    def add(
        self,
        picture: np.ndarray,  # uint8 [H, W, 3] RGB
    ) -> None:
        """The next frame."""
        if picture.dtype != np.uint8 or picture.shape != (*self._size, 3):
            raise ValueError(f"expected a frame uint8 [{self._size[0]}, {self._size[1]}, 3] but got {picture.shape}")
        ranges = {"src_color_range": "JPEG", "dst_color_range": "MPEG"}
        frame = to_frame(picture, "yuv420p", dst_colorspace=self._colorspace, **ranges)
        if self._clock is not None:
            frame.pts, frame.time_base = self._clock.ticks(self.frame_count), self._clock.time_base
        self._container.mux(self._stream.encode(frame))
        self.frame_count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._open.__exit__(kind, error, trace)  # removes what was written so far
            return
        with self._open:
            if self.frame_count == 0:
                raise ValueError(f"expected at least one frame for {self._path} but got none")
            self._container.mux(self._stream.encode(None))
            if self._sound is not None:
                self._sound.write()


class _SoundWriter:
    """An AAC stream beside the pictures."""

    def __init__(self, container: OutputContainer, audio: Audio) -> None:
        self._container, self._rate_hz = container, aac_rate(audio.sample_rate_hz)
        self._samples = resample(audio.samples, audio.sample_rate_hz, self._rate_hz)
        self._stream = add_audio(container, "aac", self._rate_hz, "mono", bits_per_second=_AAC_BITS_PER_SECOND)

    def write(self) -> None:
        import av

        samples = np.ascontiguousarray(np.clip(self._samples, -1, 1), np.float32)
        size = self._stream.codec_context.frame_size or 1024
        for start in range(0, len(samples), size):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + size], format="fltp", layout="mono")
            frame.sample_rate = self._rate_hz
            frame.pts = start
            frame.time_base = Fraction(1, self._rate_hz)
            self._container.mux(self._stream.encode(frame))
        self._container.mux(self._stream.encode(None))


def _check_frames(frames: np.ndarray) -> None:
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or not len(frames):
        raise ValueError(f"expected frames uint8 [T, H, W, 3] but got {frames.dtype}{list(frames.shape)}")
