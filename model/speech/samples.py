"""Sound as a re-readable source of samples at 16 kHz that stand on the clock of the pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from model.networks.errors import ModelError
from model.speech.mel import SAMPLE_RATE_HZ

_BLOCK = SAMPLE_RATE_HZ


@dataclass(frozen=True, repr=False)
class Sound:
    """Mono sound at 16 kHz that can be read from its beginning as often as needed.

    Args:
        start: clock of the first sample, in samples of 16 kHz.
        blocks: makes an iterator of the samples, float32 [N] in a row.
    """

    start: int
    blocks: Callable[[], Iterator[np.ndarray]]


def sound_of(samples: np.ndarray, start_s: float) -> Sound:
    """The sound of samples in memory.

    Args:
        samples: float [S], mono at 16 kHz, in [-1, 1].
        start_s: time of the first one on the clock of the pictures.

    Raises:
        ModelError: another shape, or numbers that are not finite.
    """
    if samples.ndim != 1 or samples.dtype.kind != "f":
        raise ModelError(f"expected float samples [S] but got {samples.dtype} {list(samples.shape)}")
    if not np.isfinite(start_s):
        raise ModelError(f"expected the time of the first sample but got {start_s}")

    def blocks() -> Iterator[np.ndarray]:
        for place in range(0, len(samples), _BLOCK):
            yield _checked(samples[place : place + _BLOCK].astype(np.float32))

    return Sound(round(start_s * SAMPLE_RATE_HZ), blocks)


def sound_in(path: Path) -> Sound:
    """The sound of a file, of any container and at any rate; it is decoded anew each time it is read.

    Raises:
        FeedError: the file cannot be read, or holds no sound.
    """
    from feed_dataset.core.media.audio import read_mono

    def opened() -> tuple[float, Iterator[np.ndarray]]:
        found = read_mono(path, SAMPLE_RATE_HZ)
        if found is None:
            raise FeedError(f"expected sound in {path} but it has no sound stream")
        start_s, source = found

        def blocks() -> Iterator[np.ndarray]:
            with closing(source):
                for block in source:
                    yield _checked(block, str(path))

        return start_s, blocks()

    start_s, _ = opened()
    return Sound(round(start_s * SAMPLE_RATE_HZ), lambda: opened()[1])


def end_s(sound: Sound) -> float:
    """When a sound ends, in seconds on its clock; reads all of it."""
    return (sound.start + sum(len(block) for block in sound.blocks())) / SAMPLE_RATE_HZ


def has_pictures(path: Path) -> bool:
    """Whether a file shows something besides the cover of a recording. Raises VideoDecodeError, if it is unreadable."""
    from av.stream import Disposition

    from feed_dataset.core.media.containers import open_media

    with open_media(path) as container:
        return any(not stream.disposition & Disposition.attached_pic for stream in container.streams.video)


class Reader:
    """Stretches of a sound in their order, with silence before it and after it."""

    def __init__(self, sound: Sound) -> None:
        self._blocks = sound.blocks()
        self._held, self._start = np.empty(0, np.float32), sound.start
        self._all_read = False

    def read(self, first: int, stop: int) -> np.ndarray:  # float32 [stop - first]
        """Samples `first` to `stop` of the clock; `first` never goes back."""
        while not self._all_read and self._start + len(self._held) < stop:
            block = next(self._blocks, None)
            self._all_read = block is None
            if block is not None:
                self._drop(first)
                self._held = np.concatenate([self._held, block])
        self._drop(first)
        out = np.zeros(stop - first, np.float32)
        low, high = max(first, self._start), min(stop, self._start + len(self._held))
        if low < high:
            out[low - first : high - first] = self._held[low - self._start : high - self._start]
        return out

    @property
    def ended(self) -> bool:
        """Nothing of the sound is left."""
        return self._all_read and not len(self._held)

    def _drop(self, before: int) -> None:
        gone = min(max(before - self._start, 0), len(self._held))
        self._held, self._start = self._held[gone:], self._start + gone


def _checked(block: np.ndarray, where: str = "the sound") -> np.ndarray:
    if not np.isfinite(block).all():
        raise ModelError(f"expected sound of finite samples but {where} has some that are infinite or no numbers")
    return block
