"""Audio of a clip as mono float samples."""

from __future__ import annotations

import wave
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from math import gcd
from pathlib import Path

import numpy as np

from feed_dataset.core.media.audio_blocks import audio_blocks
from feed_dataset.core.media.types import Audio

_FILTER_REACH = 10  # resample_poly's filter: so many samples of the lower rate to either side


def read_audio(path: Path | str, start_s: float | None = 0.0, length_s: float | None = None) -> Audio | None:
    """The first sound stream as mono, at its own rate; None where there is none.

    Mono is the mean of the channels, (L + R) / 2, whatever the format of the samples. Samples are placed by their
    time stamps (`audio_blocks`): sample i is at `start_s` + i / sample_rate_hz on the clock of the file's pictures.

    Args:
        start_s: time of the first sample, such as that of the first picture: silence where the sound begins later.
            None begins with the sound; `Audio.start_s` says when that is.
        length_s: no more than this; None for all of it.

    Raises:
        VideoDecodeError: the file or its sound cannot be read.
    """
    parts: list[np.ndarray] = []
    start, rate_hz = 0, 0
    for block in audio_blocks(path, start_s):
        if not parts:
            start, rate_hz = block.start, block.rate_hz
        parts.append(_mono(block.samples))
    if not parts:
        return None
    samples = np.concatenate(parts)
    if length_s is not None:
        samples = samples[: round(length_s * rate_hz)]
    return Audio(samples, rate_hz, start / rate_hz if start_s is None else start_s)


def resample(samples: np.ndarray, rate_hz: int, wanted_hz: int) -> np.ndarray:
    """float32 [S] at another rate: polyphase filter, no shift."""
    if rate_hz == wanted_hz or not len(samples):
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate_hz, wanted_hz)
    changed = resample_poly(samples.astype(np.float64), wanted_hz // common, rate_hz // common)
    return np.clip(changed, -1.0, 1.0).astype(np.float32)


def resample_blocks(blocks: Iterable[np.ndarray], rate_hz: int, wanted_hz: int) -> Iterator[np.ndarray]:
    """As `resample` of all blocks [S] in a row, in memory of about a second."""
    if rate_hz == wanted_hz:
        yield from blocks
        return
    common = gcd(rate_hz, wanted_hz)
    up, down = wanted_hz // common, rate_hz // common
    # In whole steps of `down` samples, after which the filter's phases repeat.
    context = down * (1 + _FILTER_REACH * max(up, down) // (up * down) + 1)
    piece = down * (max(rate_hz, context) // down + 1)
    held, before = np.empty(0, np.float32), 0  # `before`: how many of those held only lead up to what is next
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= before + piece + context:
            part = resample(held[: before + piece + context], rate_hz, wanted_hz)
            yield part[before * up // down : (before + piece) * up // down]
            held, before = held[before + piece - context :], context
    yield resample(held, rate_hz, wanted_hz)[before * up // down :]


def read_mono(
    path: Path | str, wanted_hz: int, start_s: float | None = None
) -> tuple[float, Generator[np.ndarray, None, None]] | None:
    """What `resample` makes of `read_audio`, block by block, however long it is: (time of the first sample, blocks).

    None where there is no sound. Close the generator where it is not read to its end.

    Args:
        start_s: as in `read_audio`.

    Raises:
        VideoDecodeError: the file or its sound cannot be read, here or while the blocks are read.
    """
    source = audio_blocks(path, start_s)
    first = next(source, None)
    if first is None:
        return None

    def mono() -> Iterator[np.ndarray]:
        yield _mono(first.samples)
        for block in source:
            yield _mono(block.samples)

    def resampled() -> Generator[np.ndarray, None, None]:
        with closing(source):
            yield from resample_blocks(mono(), first.rate_hz, wanted_hz)

    return first.start / first.rate_hz if start_s is None else start_s, resampled()


def _mono(
    samples: np.ndarray,  # float32 [C, N]
) -> np.ndarray:  # float32 [N]
    return np.clip(samples.mean(0), -1.0, 1.0).astype(np.float32)


def write_wave(path: Path | str, samples: np.ndarray, sample_rate_hz: int) -> None:
    """Write samples float [N] in [-1, 1] as a mono WAV of 16 bit; what lies outside is clipped."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
