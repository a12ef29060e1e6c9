"""Putting sound beside finished pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.audio_blocks import AudioBlock, audio_blocks
from feed_dataset.core.media.containers import open_media, reader_name
from feed_dataset.core.media.encoders import aac_rate, add_audio, open_output
from model.networks.errors import ModelError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

_BITS_PER_SECOND = 160_000
_LEAST_SAMPLES = 4096  # a stream without a packet is dropped from the file


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

    Channels stay, of more than two a stereo mix is made. Sound before `start_s` and after the pictures' end is left
    out, silence fills what is missing before its beginning and in its holes, and what is beyond full scale is clipped.

    Args:
        start_s: time in `sound` that belongs to the first picture.

    Raises:
        VideoDecodeError: the file has no sound stream or cannot be read.
        ModelError: samples that are infinite or no numbers.
    """
    with closing(audio_blocks(sound, start_s)) as blocks, replacing(out) as temporary:
        first = next(blocks, None)
        if first is None:
            raise VideoDecodeError(sound, reader_name(), "expected sound but it has no sound stream")
        with open_media(pictures) as moving, open_output(temporary, "mp4", is_index_first=True) as target:
            copied = target.add_stream_from_template(moving.streams.video[0])
            rate_hz = aac_rate(first.rate_hz)
            layout = "mono" if len(first.samples) == 1 else "stereo"
            encoded = add_audio(target, "aac", rate_hz, layout, bits_per_second=_BITS_PER_SECOND)
            for packet in moving.demux(moving.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = copied
                    target.mux(packet)
            whole = (_at_full_scale(block, sound) for block in chain((first,), blocks))
            trimmed = _trimmed(whole, round(duration_s * first.rate_hz))
            for frame in _frames(trimmed, first, rate_hz, layout):
                target.mux(encoded.encode(frame))
            target.mux(encoded.encode(None))


def _at_full_scale(block: AudioBlock, sound: Path) -> AudioBlock:
    """Samples within [-1, 1]: encoders refuse numbers far beyond, and name only their own output."""
    if not np.isfinite(block.samples).all():
        raise ModelError(f"expected sound of finite samples but {sound} has some that are infinite or no numbers")
    return block._replace(samples=block.samples.clip(-1, 1))


def _trimmed(blocks: Iterable[AudioBlock], total: int) -> Iterator[np.ndarray]:
    """Samples float32 [C, N] of the first `total`."""
    left = total
    for block in blocks:
        if left <= 0:
            return
        yield block.samples[:, :left]
        left -= block.samples.shape[1]


def _frames(parts: Iterator[np.ndarray], like: AudioBlock, rate_hz: int, layout: str) -> Iterator[AudioFrame]:
    """Samples at the rate of `like` as frames at another."""
    import av

    given = {1: "mono", 2: "stereo"}.get(len(like.samples), like.layout)
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate_hz)
    position, silence = 0, np.zeros((len(like.samples), _LEAST_SAMPLES), np.float32)
    for samples in chain(parts, (None,)):
        if samples is None and position:
            break
        part = silence if samples is None else np.ascontiguousarray(samples)
        if part.shape[1]:
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=given)
            frame.sample_rate, frame.pts, frame.time_base = like.rate_hz, position, Fraction(1, like.rate_hz)
            position += part.shape[1]
            yield from resampler.resample(frame)
    yield from resampler.resample(None)
