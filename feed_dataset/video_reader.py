"""Reading videos with PyAV: every frame in presentation order, times from the container, faults named."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.containers import open_media, reader_name
from feed_dataset.errors import VideoDecodeError
from feed_dataset.video_types import Video, VideoInfo

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_MISSING_END_S = 0.5  # how much earlier than declared the last frame may be where no frame count is declared


def probe(path: Path | str) -> VideoInfo:
    """Size, rate and length of the first video stream. Raises VideoDecodeError.

    Demuxes the whole file without decoding it, except for one frame (its rotation swaps width and height).
    """
    with open_media(path) as container:
        stream = _video_stream(container, path)
        times = sorted(p.pts for p in container.demux(stream) if p.pts is not None and not p.is_discard)
    with open_media(path) as container:  # again from the start: not every container can seek
        stream = _video_stream(container, path)
        first = next(container.decode(stream), None)
        if first is None:
            raise VideoDecodeError(path, reader_name(), "it holds no video frame")
        width, height = first.width, first.height
        if _quarter_turns(first) % 2:
            width, height = height, width
        fps = _frame_rate(stream)
        span = float((times[-1] - times[0]) * stream.time_base) if times and stream.time_base else 0.0
        return VideoInfo(
            path=Path(path),
            width_px=width,
            height_px=height,
            fps=fps,
            frame_count=len(times),
            duration_s=span + float(1 / fps),
            codec=stream.codec_context.name,
            has_audio=bool(container.streams.audio),
        )


def has_audio_stream(path: Path | str) -> bool:
    """Whether the container declares sound; reads only its header. Raises VideoDecodeError."""
    with open_media(path) as container:
        _video_stream(container, path)
        return bool(container.streams.audio)


def read_video(
    path: Path | str,
    *,
    max_frames: int | None = None,  # stop after so many
    size_px: int | None = None,  # shrink so that the shorter side has this many pixels; never enlarges
) -> Video:
    """Decode a video to RGB frames.

    Rotation metadata is applied, frames that an edit list hides are left out. Raises VideoDecodeError for
    anything unreadable, and for a file that ends before what it declares: a short video is never returned as
    a whole one.
    """
    if max_frames is not None and max_frames < 1:
        raise ValueError(f"expected max_frames of at least 1 but got {max_frames}")
    if size_px is not None and size_px < 2:
        raise ValueError(f"expected size_px of at least 2 but got {size_px}")
    frames: list[np.ndarray] = []
    times_s: list[float] = []
    with open_media(path) as container:
        stream = _video_stream(container, path)
        stream.thread_type = "AUTO"
        fps = _frame_rate(stream)
        counter = _PacketCounter()
        for frame in _decode(container, stream, counter, path):
            picture = _to_rgb(frame, size_px)
            if frames and picture.shape != frames[0].shape:
                raise VideoDecodeError(path, reader_name(), f"the frame size changes at frame {len(frames)}")
            frames.append(picture)
            times_s.append(float(frame.time) if frame.time is not None else len(times_s) / float(fps))
            if len(frames) == max_frames:
                break
        else:
            _check_complete(path, stream, counter, len(frames), times_s, fps)
    return Video(np.stack(frames), fps, np.array(times_s, np.float64), reader_name())


class _PacketCounter:
    """Counts what the demuxer delivered while frames are decoded."""

    def __init__(self) -> None:
        self.shown = 0
        self.hidden = 0

    def add(self, is_discard: bool) -> None:
        self.hidden += is_discard
        self.shown += not is_discard


def _decode(
    container: InputContainer, stream: VideoStream, counter: _PacketCounter, path: Path | str
) -> Iterator[VideoFrame]:
    import av

    decoded = 0
    try:
        for packet in container.demux(stream):
            if packet.size:
                counter.add(packet.is_discard)
            for frame in packet.decode():
                decoded += 1
                yield frame
    except av.error.FFmpegError as error:
        detail = f"frame {decoded} cannot be decoded ({error.strerror}); {_expectation(stream, counter)}"
        raise VideoDecodeError(path, reader_name(), detail) from error


def _check_complete(
    path: Path | str,
    stream: VideoStream,
    counter: _PacketCounter,
    decoded: int,
    times_s: list[float],
    fps: Fraction,
) -> None:
    """Raise when fewer frames came out than the container declares or the demuxer delivered."""
    expected = max(stream.frames - counter.hidden, counter.shown)
    if decoded < expected:
        detail = f"expected {expected} frames but decoded {decoded}: the file is truncated or damaged"
        raise VideoDecodeError(path, reader_name(), detail)
    if not decoded:
        raise VideoDecodeError(path, reader_name(), "it holds no video frame")
    end_s = _declared_end_s(stream)
    if not stream.frames and end_s is not None and times_s[-1] + float(1 / fps) < end_s - _MISSING_END_S:
        got = f"{decoded} frames to {times_s[-1]:.2f} s"
        detail = f"expected {end_s:.2f} s but decoded {got}: the file is truncated"
        raise VideoDecodeError(path, reader_name(), detail)


def _expectation(stream: VideoStream, counter: _PacketCounter) -> str:
    return f"expected {max(stream.frames - counter.hidden, counter.shown)} frames"


def _declared_end_s(stream: VideoStream) -> float | None:
    """End of the stream as Matroska's tag declares it ("00:00:02.000000000"), which survives truncation."""
    tag = next((value for key, value in stream.metadata.items() if key.upper().startswith("DURATION")), None)
    if tag is None:
        return None
    try:
        hours, minutes, seconds = tag.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None


def _video_stream(container: InputContainer, path: Path | str) -> VideoStream:
    from av.stream import Disposition

    for stream in container.streams.video:
        is_cover = bool(stream.disposition & Disposition.attached_pic)  # the picture of a music file
        if stream.codec_context is not None and not is_cover:
            return stream
    raise VideoDecodeError(path, reader_name(), "it has no video stream")


def _frame_rate(stream: VideoStream) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return Fraction(rate) if rate else Fraction(25)


def _quarter_turns(frame: VideoFrame) -> int:
    """Anticlockwise quarter turns that show the frame upright."""
    return round(frame.rotation / 90) % 4


def _to_rgb(frame: VideoFrame, size_px: int | None) -> np.ndarray:
    if size_px is not None and min(frame.width, frame.height) > size_px:
        scale = size_px / min(frame.width, frame.height)
        width, height = max(round(frame.width * scale), 1), max(round(frame.height * scale), 1)
        picture = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    else:
        picture = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(picture, _quarter_turns(frame)))
