"""Speech features at the times of video frames, however long the sound is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from model.networks.errors import ModelError
from model.speech.mel import REACH, SILENT, STEP, log_mel, scaled
from model.speech.samples import Reader, Sound, sound_in, sound_of
from model.speech.windows import FRAMES_PER_POSITION, POSITION_S, Windows

_MOST_HOURS = 100.0
_FRAMES_AT_ONCE = 3000  # mel frames while the loudest is looked for


class Encoder(Protocol):
    """What makes values of a window's sound; see `whisper.WhisperEncoder`."""

    windows: Windows
    width: int

    def __call__(self, mel: Tensor) -> Tensor:
        """Mel [80, 2 P] of a window to embeddings [P, D]."""
        ...


def speech_features(
    samples: np.ndarray | Tensor,  # float [S], mono at 16 kHz, in [-1, 1]
    start_s: float,
    times_s: np.ndarray | Tensor,  # [T]
    encoder: Encoder | None = None,
) -> Tensor:  # float32 [T, D]
    """Whisper's embeddings of a sound at the times of video frames.

    They depend on the sound and the time alone: windows stand at fixed places of the clock, and a time between two of
    the encoder's 20 ms gets the line between them. Around the sound there is silence.

    Args:
        samples: the sound.
        start_s: time of its first sample on the clock of the frames.
        times_s: of the frames, never going back; they may lie outside the sound.
        encoder: the embedded Whisper where it is None.

    Raises:
        FeedError: input of another kind, or Whisper's weights cannot be had.

    Example:
        >>> samples = np.zeros(16_000, np.float32)
        >>> speech_features(samples, 0.0, frame_times(1.0, 25.0)).shape  # doctest: +SKIP
        torch.Size([25, 384])
    """
    return features_of(sound_of(np.asarray(samples), start_s), times_s, encoder)


def features_of(
    sound: Sound,
    times_s: np.ndarray | Tensor,  # [T]
    encoder: Encoder | None = None,
) -> Tensor:  # float32 [T, D]
    """As `speech_features`, of a sound that may be a file's: `features_of(sound_in(path), times_s)`.

    The sound is read twice, a second at a time; only what is returned grows with it.

    Raises:
        FeedError: as in `speech_features`, or a file that cannot be read.
    """
    encoder = encoder or _embedded()
    return torch.cat([torch.empty(0, encoder.width), *stream_features(sound, times_s, encoder)])


def features_of_file(
    path: Path,
    times_s: np.ndarray | Tensor,  # [T], on the clock of its pictures
    encoder: Encoder | None = None,
) -> Tensor:  # float32 [T, D]
    """As `features_of` the sound of a file of any kind. Clips are heard with it (`model.speech.sources`).

    Raises:
        FeedError: as in `features_of`, or the file has no sound.
    """
    return features_of(sound_in(path), times_s, encoder)


def frame_times(duration_s: float, fps: float) -> np.ndarray:  # float64 [round(duration_s * fps)]
    """Times of the frames that go with a sound of its own, frame n at n / fps."""
    return np.arange(round(duration_s * fps)) / fps


def stream_features(
    sound: Sound,
    times_s: np.ndarray | Tensor,  # [T]
    encoder: Encoder,
) -> Iterator[Tensor]:
    """Pieces [N, D] of what `features_of` gives, in their order, in memory that does not grow with the sound."""
    places = _places(times_s)
    if not len(places):
        return
    loudest = loudest_of(sound)
    length, step, width = encoder.windows.length, encoder.windows.step, encoder.width
    weights = encoder.windows.weights[:, None]
    first, last = int(np.floor(places[0])), int(np.ceil(places[-1]))
    numbers = encoder.windows.over(first, last)
    mel = _Mel(sound, loudest)
    done, held = 0, torch.zeros(1, width)  # the value before those of `sums`, for times between the two
    sums = torch.zeros(length, width)
    for number in numbers:
        begin = number * step
        sums += weights * encoder(mel.read(FRAMES_PER_POSITION * begin, FRAMES_PER_POSITION * (begin + length)))
        # No later window reaches the first `step` of them.
        finished = torch.cat([held, sums[:step]])
        stop = int(np.searchsorted(places, begin + step - 1, side="right"))
        if number >= numbers.start + length // step - 1 and stop > done:
            yield _between(finished, places[done:stop] - (begin - 1))
            done = stop
        held = finished[-1:]
        sums = torch.cat([sums[step:], torch.zeros(step, width)])


def loudest_of(sound: Sound) -> float:
    """The greatest log10 power of any band and frame of a sound; SILENT where there is none."""
    loudest, reader = SILENT, Reader(sound)
    frame = (sound.start - REACH) // STEP
    while not reader.ended:
        samples = reader.read(STEP * frame - REACH, STEP * (frame + _FRAMES_AT_ONCE - 1) + REACH)
        loudest = max(loudest, float(log_mel(torch.from_numpy(samples)).max()))
        frame += _FRAMES_AT_ONCE
    return loudest


class _Mel:
    """What the encoder reads, frame n at 10 n ms of the clock; each frame is computed once."""

    def __init__(self, sound: Sound, loudest: float) -> None:
        self._reader, self._loudest = Reader(sound), loudest
        self._held: Tensor | None = None
        self._first = 0

    def read(self, first: int, stop: int) -> Tensor:  # float32 [80, stop - first]
        """Frames `first` to `stop`, not before those of the last call."""
        kept = None if self._held is None else self._held[:, first - self._first :]
        begin = first if kept is None else first + kept.shape[1]
        samples = self._reader.read(STEP * begin - REACH, STEP * (stop - 1) + REACH)
        new = scaled(log_mel(torch.from_numpy(samples)), self._loudest)
        self._held, self._first = new if kept is None else torch.cat([kept, new], 1), first
        return self._held


def _places(times_s: np.ndarray | Tensor) -> np.ndarray:
    """Times in positions of the encoder, checked."""
    times = np.asarray(times_s, dtype=np.float64)
    if times.ndim != 1 or not np.isfinite(times).all():
        raise ModelError(f"expected finite times [T] but got {list(times.shape)}")
    if len(times) and (np.diff(times).min(initial=0.0) < 0 or np.abs(times).max() > 3600 * _MOST_HOURS):
        raise ModelError(f"expected times that never go back, within {_MOST_HOURS:g} hours")
    places = times / POSITION_S
    nearest = np.round(places)
    # A frame's time that is a position but for rounding is that position, not a mixture of two.
    return np.where(np.abs(places - nearest) < 1e-6, nearest, places)


def _between(
    values: Tensor,  # [N, D]
    places: np.ndarray,  # float64 [T], in [0, N - 1]
) -> Tensor:  # [T, D]
    low = np.minimum(np.floor(places).astype(np.int64), len(values) - 1)
    high = np.minimum(low + 1, len(values) - 1)
    share = torch.from_numpy(places - low).float()[:, None]
    return torch.lerp(values[low], values[high], share)


def _embedded() -> Encoder:
    from model.speech.whisper import embedded_whisper  # transformers takes seconds

    return embedded_whisper()
