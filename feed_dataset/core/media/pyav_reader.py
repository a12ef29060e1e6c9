"""Exact reading with PyAV: every frame is found by its presentation time, never by counting from a seek."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.clocks import PacketClock
from feed_dataset.core.media.containers import check_frame_size, media_errors, reader_name, video_stream
from feed_dataset.core.media.frame_index import FrameIndex
from feed_dataset.core.media.frame_reader import FrameReader
from feed_dataset.core.media.header_only import open_lean
from feed_dataset.core.media.rgb import RgbConverter
from feed_dataset.core.media.square import pixel_aspect_of
from feed_dataset.core.media.threads import decoder_threads

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_START = -1  # decode from the beginning of the file
_NOWHERE = 1 << 62
_SMALL_PX = 640 * 640  # frames up to this size are decoded by one thread: handing them over costs a tenth more
_DECODE_ON = 8  # frames: a gap up to this long is decoded through, since a seek empties the pipeline of the threads


class PyAvReader(FrameReader):
    """Keyframe seek, then decoding up to the wanted times; an earlier keyframe where a frame does not come out."""

    def __init__(self, path: Path | str, index: FrameIndex, threads: int | None = None) -> None:
        self.path, self.index, self.name = Path(path), index, reader_name()
        self._threads = threads
        self._keys = np.flatnonzero(index.keyframe)
        self._converters: dict[int | None, RgbConverter] = {}
        self._reading = 0  # which read the decoder belongs to
        self._container: InputContainer | None = None
        self._stream: VideoStream
        self._open()

    def read(self, indices: np.ndarray, size_px: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
        if size_px is not None and size_px < 2:
            raise ValueError(f"expected size_px of at least 2 but got {size_px}")
        self._reading += 1
        return self._convert(np.asarray(indices, np.int64), size_px, self._reading)

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None
            del self._stream

    def _convert(self, wanted: np.ndarray, size_px: int | None, reading: int) -> Iterator[tuple[int, np.ndarray]]:
        for number, frame in self._frames(wanted):
            if size_px not in self._converters:  # not before: a frame may be the first to say how wide pixels are
                check_frame_size(self._stream, self.path)
                self._converters[size_px] = RgbConverter(size_px, pixel_aspect_of(self._stream))
            yield number, self._converters[size_px](frame)
            if self._reading != reading:
                raise RuntimeError("expected one read at a time but another one began; open a second reader")

    def _frames(self, wanted: np.ndarray) -> Iterator[tuple[int, VideoFrame]]:
        """Decoded frames of increasing indices."""
        keys = self._key_of(wanted)
        is_alone = self._stream.codec_context.thread_count == 1
        breaks = np.flatnonzero(keys[1:] > wanted[:-1] + (1 if is_alone else _DECODE_ON)) + 1
        for run in np.split(wanted, breaks):
            came_from = _NOWHERE
            while len(run):
                done = 0
                for start in self._starts(int(run[0])):
                    if start >= came_from:
                        continue
                    came_from = start
                    self._go_to(start)
                    for number, frame in self._matching(run, start):
                        done += 1
                        yield number, frame
                    if done:
                        break
                if not done:
                    raise VideoDecodeError(self.path, self.name, self._missing(int(run[0])))
                run = run[done:]

    def _starts(self, number: int) -> list[int]:
        """Where decoding may begin to get this frame, best first: keyframes as indices, then the file's beginning.

        The last keyframe is enough unless the container is wrong about what is one.
        """
        if self.index.counted:
            return [_START]
        before = self._keys[: np.searchsorted(self._keys, number, side="right")]
        return [*(int(key) for key in before[-1:-3:-1] if key > 0), _START]

    def _key_of(self, numbers: np.ndarray) -> np.ndarray:
        if self.index.counted or not len(self._keys):
            return np.full(len(numbers), _START)
        places = np.searchsorted(self._keys, numbers, side="right") - 1
        return np.where(places >= 0, self._keys[np.maximum(places, 0)], _START)

    def _matching(self, wanted: np.ndarray, start: int) -> Iterator[tuple[int, VideoFrame]]:
        """The wanted frames in order, until all came out or one is found to be missing."""
        times = wanted if self.index.counted else self.index.pts[wanted]
        position = 0
        for count, frame in enumerate(self._decoded(times, start)):
            shown = count if self.index.counted else frame.pts
            if shown is None or shown < times[position]:
                continue
            if shown > times[position]:
                return
            if frame.is_corrupt:  # after a seek its references may only lie before the keyframe
                if start != _START:
                    return
                raise VideoDecodeError(self.path, self.name, f"frame {wanted[position]} is damaged")
            yield int(wanted[position]), frame
            position += 1
            if position == len(wanted):
                return

    def _decoded(self, times: np.ndarray, start: int) -> Iterator[VideoFrame]:
        """Frames from where the file stands until those with these times are among them.

        Stops feeding the decoder as soon as it has the last wanted packet, and leaves out frames that nothing
        refers to, so a single frame costs less than its group of pictures.
        """
        assert self._container is not None
        context = self._stream.codec_context
        pending = Counter(times.tolist())
        left = len(times)
        # Only for H.264: what HEVC calls non-reference may be referred to by higher temporal layers.
        may_skip = context.name == "h264" and not self.index.counted
        for packet in self._packets(start):
            is_wanted = packet.pts is not None and pending[packet.pts] > 0
            if is_wanted and not self.index.counted:
                pending[packet.pts] -= 1
                left -= 1
            skip: Literal["NONREF", "DEFAULT"] = "NONREF" if may_skip and not is_wanted else "DEFAULT"
            if context.skip_frame != skip:
                context.skip_frame = skip
            with media_errors(self.path, "a frame cannot be decoded: "):
                frames = packet.decode()
            yield from frames
            if not left and packet.size:
                with media_errors(self.path, "a frame cannot be decoded: "):
                    frames = context.decode(None)
                yield from frames
                return

    def _packets(self, start: int) -> Iterator[Packet]:
        """Packets from a keyframe on: some containers seek to about the place only."""
        assert self._container is not None
        has_landed = start == _START
        with media_errors(self.path):
            for packet in map(self._clock.stamp, self._container.demux(self._stream)):
                if not has_landed:
                    if not packet.is_keyframe or packet.pts is None:
                        continue
                    if packet.pts > self.index.pts[start]:
                        return
                    has_landed = True
                yield packet

    def _go_to(self, start: int) -> None:
        if start != _START:
            with media_errors(self.path):
                assert self._container is not None
                self._container.seek(int(self.index.pts[start]), stream=self._stream, backward=True)
            self._is_fresh = False
        elif not self._is_fresh:
            self._open()
        self._is_fresh = False

    def _open(self) -> None:
        self.close()
        self._container = open_lean(self.path)
        self._stream = video_stream(self._container, self.path)
        self._stream.thread_type = "AUTO"
        context = self._stream.codec_context
        is_small = context.width * context.height <= _SMALL_PX
        context.thread_count = self._threads or (1 if is_small else decoder_threads())
        self._clock = PacketClock(self._container, self._stream)
        self._is_fresh = True

    def _missing(self, number: int) -> str:
        at = f"frame {number} ({self.index.times_s[number]:.3f} s)"
        return f"{at} cannot be decoded; expected {self.index.frame_count} frames"
