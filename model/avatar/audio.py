"""Putting sound beside finished pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.containers import open_media, reader_name
from feed_dataset.core.media.encoders import add_audio, open_output

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

_BITS_PER_SECOND = 160_000
_MAX_RATE_HZ = 48_000
_MIN_RATE_HZ = 16_000


def has_sound(path: Path) -> bool:
    """Whether a file has a sound stream. Raises VideoDecodeError for a file that cannot be read."""
    with open_media(path) as container:
        return bool(container.streams.audio)


def add_sound(
    pictures: Path,
    sound: Path,
    out: Path,
    *,
    start_s: float,
    duration_s: float,
) -> None:
    """Copy the pictures of one file and encode the sound of another beside them as AAC; atomic.

    Channels stay; sound before `start_s` and after the pictures' end is left out, and silence fills what is missing
    before its beginning.

    Args:
        start_s: time in `sound` that belongs to the first picture.

    Raises:
        VideoDecodeError: the file has no sound stream or cannot be read.
    """
    with replacing(out) as temporary:
        with (
            open_media(pictures) as moving,
            open_media(sound) as heard,
            open_output(temporary, "mp4", is_index_first=True) as target,
        ):
            if not heard.streams.audio:
                raise VideoDecodeError(sound, reader_name(), "expected sound but it has no sound stream")
            copied = target.add_stream_from_template(moving.streams.video[0])
            context = heard.streams.audio[0].codec_context
            rate = min(max(context.sample_rate, _MIN_RATE_HZ), _MAX_RATE_HZ)
            layout = "mono" if context.channels == 1 else "stereo"
            encoded = add_audio(target, "aac", rate, layout, bits_per_second=_BITS_PER_SECOND)
            for packet in moving.demux(moving.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = copied
                    target.mux(packet)
            for frame in _trimmed(heard, rate, layout, start_s, duration_s):
                target.mux(encoded.encode(frame))
            target.mux(encoded.encode(None))


def _trimmed(
    container: InputContainer, rate_hz: int, layout: str, start_s: float, duration_s: float
) -> Iterator[AudioFrame]:
    """Frames at `rate_hz` that begin at sample 0 with `start_s` and last `duration_s`."""
    import av
    import numpy as np

    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate_hz)
    channels, total = (1 if layout == "mono" else 2), round(duration_s * rate_hz)
    written, position = 0, None
    for frame in chain(container.decode(container.streams.audio[0]), [None]):
        if frame is not None and position is None:
            position = round(((frame.time or 0.0) - start_s) * rate_hz)
            if position > 0:
                yield _frame(np.zeros((channels, min(position, total)), np.float32), rate_hz, layout, 0)
                written = min(position, total)
        for part in resampler.resample(frame):
            assert position is not None
            samples = part.to_ndarray()
            first, last = max(0, -position), min(samples.shape[1], total - position)
            position += samples.shape[1]
            if first < last:
                yield _frame(samples[:, first:last], rate_hz, layout, written)
                written += last - first


def _frame(samples: object, rate_hz: int, layout: str, position: int) -> AudioFrame:
    import av
    import numpy as np

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = rate_hz, position, Fraction(1, rate_hz)
    return frame
