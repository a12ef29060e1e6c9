"""Sound as it is decoded, every sample at its time stamp: what all readers of sound in this project stand on."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.containers import open_media, reader_name

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

MAX_HOLE_S = 3600.0
"""Longest silence that is filled in: a longer hole is damage, or a clock that is not the pictures'."""
_JITTER_S = 2.5e-3  # containers that keep milliseconds are off by one at both ends of a packet; more is a hole


class AudioBlock(NamedTuple):
    """Consecutive samples of all channels."""

    samples: np.ndarray  # float32 [C, N]
    start: int  # of the first one on the file's clock, in samples
    rate_hz: int
    layout: str  # FFmpeg's name of the channels, such as "stereo"


def audio_blocks(path: Path | str, start_s: float | None = None) -> Generator[AudioBlock, None, None]:
    """The first sound stream from `start_s` on, without a hole; no block where the file has no sound stream.

    Samples are placed by the time stamps of their packets, after what the file declares as the codec's delay: where
    those leave a hole there is silence, and where they overlap the earlier samples stay. The clock is that of the
    file's pictures.

    Args:
        start_s: time of the first sample, silent where the stream begins later; None begins with the stream.

    Raises:
        VideoDecodeError: the file cannot be read, its stream holds no samples, or a hole is longer than MAX_HOLE_S.
    """
    with open_media(path) as container:
        if not container.streams.audio:
            return
        converter, last, end = _Converter(), None, 0
        for frame in chain(container.decode(container.streams.audio[0]), (None,)):
            for block in converter(frame):
                if last is None:
                    end = block.start if start_s is None else round(start_s * block.rate_hz)
                last = block
                hole = block.start - end
                if hole > MAX_HOLE_S * block.rate_hz:
                    detail = f"expected sound without holes above {MAX_HOLE_S:g} s but got {hole / block.rate_hz:.0f} s"
                    raise VideoDecodeError(path, reader_name(), detail)
                if hole > 0:
                    yield block._replace(samples=np.zeros((len(block.samples), hole), np.float32), start=end)
                    end = block.start
                if -hole < block.samples.shape[1]:
                    yield block._replace(samples=block.samples[:, end - block.start :], start=end)
                    end = block.start + block.samples.shape[1]
        if last is None:
            raise VideoDecodeError(path, reader_name(), "its sound stream holds no samples")
        yield last._replace(samples=last.samples[:, :0], start=end)  # where all of it is before start_s, this alone


class _Converter:
    """Decoded frames to blocks of float samples at the rate of the first frame."""

    def __init__(self) -> None:
        self._rate_hz, self._layout = 0, ""
        self._kind: tuple[str, str, int] | None = None
        self._resampler: object = None
        self._end = 0

    def __call__(self, frame: AudioFrame | None) -> Iterator[AudioBlock]:
        import av

        if frame is None:
            yield from self._blocks(None)
            return
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:
            yield from self._blocks(None)
            if self._kind is None:
                self._rate_hz, self._layout = frame.sample_rate, frame.layout.name
                self._end = self._stamp(frame) or 0
            self._kind = kind
            self._resampler = av.AudioResampler(format="fltp", layout=self._layout, rate=self._rate_hz)
        stamp = self._stamp(frame)
        if stamp is not None and abs(stamp - self._end) > _JITTER_S * self._rate_hz:
            self._end = stamp
        yield from self._blocks(frame)

    def _stamp(self, frame: AudioFrame) -> int | None:
        return None if frame.time is None else round(frame.time * self._rate_hz)

    def _blocks(self, frame: AudioFrame | None) -> Iterator[AudioBlock]:
        if self._resampler is None:
            return
        for part in self._resampler.resample(frame):  # type: ignore[attr-defined]
            samples = part.to_ndarray().reshape(-1, part.samples)
            yield AudioBlock(samples, self._end, self._rate_hz, self._layout)
            self._end += samples.shape[1]
