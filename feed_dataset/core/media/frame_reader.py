"""The interface of video readers: frames by their place in presentation order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from feed_dataset.core.jobs.errors import FeedError, VideoDecodeError
from feed_dataset.core.media.frame_index import FrameIndex


class ReaderUnavailable(FeedError):
    """The reader that was asked for does not load on this machine."""


class FrameReader(ABC):
    """Reads frames of one video by their place in presentation order; keeps the file open."""

    path: Path
    index: FrameIndex
    name: str  # with its version, such as "pyav 18.1.0": decoders differ in the last bits

    @abstractmethod
    def read(self, indices: np.ndarray, size_px: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (index, uint8 [H, W, 3]) for increasing indices, decoding every frame at most once.

        Rotation metadata is applied, pixels are square, and what is transparent lies on `images.BACKDROP`. `size_px`
        shrinks so that the shorter side has this many pixels; it never enlarges. Ends any earlier read of this reader.
        Raises VideoDecodeError.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the file and the decoder."""

    def at(self, indices: Sequence[int] | np.ndarray, size_px: int | None = None) -> np.ndarray:  # uint8 [N, H, W, 3]
        """Frames in the order asked for, repeated ones too; each group of pictures is decoded once."""
        wanted = np.asarray(indices, np.int64)
        if wanted.ndim != 1 or not len(wanted):
            raise ValueError(f"expected at least one frame index but got {list(wanted.shape)}")
        self._check(wanted)
        order = np.argsort(wanted, kind="stable")
        unique, starts = np.unique(wanted[order], return_index=True)
        out: np.ndarray | None = None
        for places, (number, picture) in zip(np.split(order, starts[1:]), self.read(unique, size_px), strict=True):
            if out is None:
                out = np.empty((len(wanted), *picture.shape), np.uint8)
            shown = self._same_shape(picture, out, number)
            for place in places:  # one by one: numpy takes half as long again for a list of places
                out[place] = shown
        assert out is not None
        return out

    def stream(
        self, start: int = 0, stop: int | None = None, size_px: int | None = None
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (index, frame) from `start` up to `stop`, in bounded memory."""
        stop = self.index.frame_count if stop is None else stop
        wanted = np.arange(start, stop)
        self._check(wanted)
        return self.read(wanted, size_px)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self, wanted: np.ndarray) -> None:
        if len(wanted) and (wanted.min() < 0 or wanted.max() >= self.index.frame_count):
            got = f"{wanted.min()} to {wanted.max()}"
            raise IndexError(f"expected frames 0 to {self.index.frame_count - 1} of {self.path} but got {got}")

    def _same_shape(self, picture: np.ndarray, others: np.ndarray, index: int) -> np.ndarray:
        if picture.shape != others.shape[1:]:
            raise VideoDecodeError(self.path, self.name, f"the frame size changes at frame {index}")
        return picture
