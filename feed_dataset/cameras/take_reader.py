"""Open readers of the cameras of a take, kept in step by presentation times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from feed_dataset.cameras.frame_batch import FrameBatch, Match, match_times, time_grid
from feed_dataset.core.jobs.errors import FeedError, VideoDecodeError
from feed_dataset.core.media.frame_index import FrameIndex
from feed_dataset.core.media.frame_reader import FrameReader
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.threads import decoder_threads

CHUNK_FRAMES = 16


class TakeReader:
    """Reads several videos at the same moments. Not for several threads at once; not to be sent to other processes."""

    def __init__(
        self,
        paths: Mapping[str, Path],  # by view
        *,
        indices: Mapping[str, FrameIndex],
        offsets_s: Mapping[str, float],
        drifts_ppm: Mapping[str, float] | None = None,
        tolerance_s: float | None = None,
        backend: str = "auto",
        threads: int | None = None,
    ) -> None:
        if not paths:
            raise ValueError("expected at least one view but got none")
        self.views = tuple(paths)
        self._offsets_s = [offsets_s.get(view, 0.0) for view in self.views]
        self._drifts_ppm = [(drifts_ppm or {}).get(view, 0.0) for view in self.views]
        self._tolerance_s = tolerance_s
        count = decoder_threads(len(self.views)) if threads is None else threads
        with ExitStack() as stack:
            self._readers: tuple[FrameReader, ...] = tuple(
                stack.enter_context(open_reader(path, backend, indices.get(view), count))
                for view, path in paths.items()
            )
            self._workers = stack.enter_context(ThreadPoolExecutor(len(self.views), "feed-view"))
            self._stack = stack.pop_all()
        self.name = self._readers[0].name

    @property
    def span_s(self) -> tuple[float, float]:
        """From the first frame of any view to the end of the last, on the clock of the take."""
        clocks = list(zip(self._readers, self._offsets_s, self._drifts_ppm, strict=True))
        starts = [r.index.first_s * (1 + ppm * 1e-6) + offset for r, offset, ppm in clocks]
        stops = [(r.index.last_s + r.index.frame_s) * (1 + ppm * 1e-6) + offset for r, offset, ppm in clocks]
        return min(starts), max(stops)

    def frames(self, start_s: float, stop_s: float, size: int | None = 512, fps: float | Fraction = 25) -> FrameBatch:
        """Every view at start_s + k / fps; see Take.frames."""
        return next(self._batches(time_grid(start_s, stop_s, fps), size, None))

    def stream(
        self,
        start_s: float | None = None,
        stop_s: float | None = None,
        size: int | None = 512,
        fps: float | Fraction = 25,
        chunk: int = CHUNK_FRAMES,
    ) -> Iterator[FrameBatch]:
        """The same in pieces of `chunk` moments; see Take.stream."""
        if chunk < 1:
            raise ValueError(f"expected a chunk of at least 1 but got {chunk}")
        first, last = self.span_s
        times_s = time_grid(first if start_s is None else start_s, last if stop_s is None else stop_s, fps)
        return self._batches(times_s, size, chunk)

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _batches(self, times_s: np.ndarray, size: int | None, chunk: int | None) -> Iterator[FrameBatch]:
        feeds = [
            _Feed(reader, match_times(reader.index, times_s, offset_s, self._tolerance_s, drift_ppm), size)
            for reader, offset_s, drift_ppm in zip(self._readers, self._offsets_s, self._drifts_ppm, strict=True)
        ]
        length = len(times_s) if chunk is None else chunk
        for start in range(0, len(times_s), length):
            part = slice(start, min(start + length, len(times_s)))
            # One thread per view: decoding and shrinking release the interpreter's lock.
            shape = self._common_shape(list(self._workers.map(_Feed.shape, feeds)))
            frames = np.zeros((len(feeds), part.stop - start, *shape), np.uint8)
            list(self._workers.map(_Feed.fill, feeds, frames, [part] * len(feeds)))
            valid = np.stack([feed.match.valid[part] for feed in feeds])
            pts_s = np.stack([feed.reader.index.times_s[feed.match.numbers[part]] for feed in feeds])
            yield FrameBatch(frames, np.where(valid, pts_s, np.nan), valid, self.views, times_s[part], self.name)

    def _common_shape(self, shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
        if len(set(shapes)) > 1:
            got = ", ".join(f"{view} {list(shape)}" for view, shape in zip(self.views, shapes, strict=True))
            raise FeedError(f"expected views of one shape but got {got}; read them one by one or give a smaller size")
        return shapes[0]


class _Feed:
    """The frames of one view in the order of the grid; each is decoded once and used for all its moments."""

    def __init__(self, reader: FrameReader, match: Match, size: int | None) -> None:
        self.reader, self.match = reader, match
        self._wanted = np.unique(match.numbers[match.valid])
        # A view without any frame on the grid still has a shape.
        self._frames = reader.read(self._wanted if len(self._wanted) else match.numbers[:1], size)
        self._number, self._picture = -1, np.zeros((0, 0, 3), np.uint8)

    def shape(self) -> tuple[int, ...]:
        if self._number < 0:
            self._next()
        return self._picture.shape

    def fill(self, out: np.ndarray, part: slice) -> None:  # uint8 [T, H, W, 3]
        """Copy the pictures of this part of the grid."""
        for row, (number, is_valid) in enumerate(zip(self.match.numbers[part], self.match.valid[part], strict=True)):
            if not is_valid:
                continue
            while self._number < number:
                self._next()
            if self._picture.shape != out.shape[1:]:
                detail = f"the frame size changes at frame {number}"
                raise VideoDecodeError(self.reader.path, self.reader.name, detail)
            out[row] = self._picture

    def _next(self) -> None:
        self._number, self._picture = next(self._frames)
