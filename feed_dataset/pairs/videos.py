"""Pairs of frames of one video each, from any list of videos."""

from __future__ import annotations

import logging
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset, get_worker_info

from feed_dataset.core.jobs.errors import FeedError, words_and_place
from feed_dataset.pairs.sampling import PairError, checked_gaps, checked_weights, draw_clip, draw_frames
from feed_dataset.pairs.sources import PairSource

if TYPE_CHECKING:
    from feed_dataset.core.media.frame_index import FrameIndex
    from feed_dataset.core.media.frame_reader import FrameReader

logger = logging.getLogger(__name__)

OnError = Literal["raise", "skip"]
ON_ERROR: tuple[OnError, ...] = ("raise", "skip")
_DRAWS = 100  # of clips for one sample, before "skip" gives up
_INDEXES = 4096  # that a process keeps: building one reads a whole file, and a corpus may have a million


class VideoPairs(Dataset[dict[str, Any]]):
    """Pairs that depend on `seed`, epoch and index alone, not on workers, ranks or the order of asking.

    A sample is a dict that the default collate function stacks:

        source, driver            uint8 [3, size_px, size_px] RGB; the centre square of the frame, or the prepared crop
        source_index, driver_index, source_s, driver_s
        clip_id, subject, task, view
        skipped                   damaged clips that were drawn before this one (with on_error="skip")

    Each process opens its own readers, at most `max_open` at a time.

    Args:
        sources: videos, at least one.
        size_px: side of the pictures.
        pairs: length of an epoch; None: one pair per video.
        seed: of the draws.
        min_gap_s, max_gap_s: between source and driver, which always differ; None: any.
        task_weights: share of each task; None: every video alike.
        on_error: what a damaged video does.
        max_open: readers.

    Raises:
        PairError: a setting makes no sense.
    """

    def __init__(
        self,
        sources: Sequence[PairSource],
        *,
        size_px: int,
        pairs: int | None,
        seed: int,
        min_gap_s: float = 0.0,
        max_gap_s: float | None = None,
        task_weights: Mapping[str, float] | None = None,
        on_error: OnError,
        max_open: int,
    ) -> None:
        checked_settings(size_px, seed, max_open, on_error)
        checked_gaps(min_gap_s, max_gap_s)
        self.sources = tuple(sources)
        self._tasks = [source.task for source in self.sources]
        self._weights = None if task_weights is None else checked_weights(task_weights, self._tasks)
        self._length = len(self.sources) if pairs is None else pairs
        if self._length < 1:
            raise PairError(f"expected at least 1 pair but got {pairs}")
        self.size_px, self.seed, self.on_error = size_px, seed, on_error
        self.min_gap_s, self.max_gap_s = min_gap_s, max_gap_s
        self._readers = _OpenReaders(max_open)
        # In shared memory: workers that outlive an epoch (persistent_workers) see the new one, and all of them and the
        # main process know which clips turned out to be damaged. A flag is only ever set, so no lock is needed.
        self._epoch = torch.zeros(1, dtype=torch.int64).share_memory_()
        self._damaged = torch.zeros(len(self.sources), dtype=torch.uint8).share_memory_()

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({len(self)} pairs from {len(self.sources)} clips, {self.size_px} px, epoch"
            f" {self.epoch})"
        )

    def __len__(self) -> int:
        return self._length

    @property
    def epoch(self) -> int:
        return int(self._epoch[0])

    def set_epoch(self, epoch: int) -> None:
        """Draw other pairs. Call it before iterating; also seen by the workers of a running DataLoader."""
        if epoch < 0:
            raise PairError(f"expected an epoch of at least 0 but got {epoch}")
        self._epoch[0] = epoch

    @property
    def damaged(self) -> tuple[str, ...]:
        """Ids of clips that any process found damaged so far."""
        return tuple(source.id for source, flag in zip(self.sources, self._damaged.tolist(), strict=True) if flag)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Raises PairError, which names the file, for a damaged video (with on_error="skip": draws another)."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"expected an index below {len(self)} but got {index}")
        index, epoch = int(index) % len(self), self.epoch
        for attempt in range(_DRAWS):
            rng = np.random.default_rng([self.seed, epoch, index, attempt])
            number = draw_clip(rng, self._tasks, self._weights)
            if self._damaged[number]:
                continue
            try:
                return self._sample(rng, self.sources[number]) | {"skipped": attempt}
            except (FeedError, OSError) as error:
                self._damaged[number] = 1
                told = f"{self.sources[number].id}: {words_and_place(error)}"
                if self.on_error == "raise":
                    raise PairError(told) from error
                logger.warning("%s; drawing others", told)
        raise PairError(f"expected a usable clip among {_DRAWS} draws but all are damaged: {', '.join(self.damaged)}")

    def _sample(self, rng: np.random.Generator, source: PairSource) -> dict[str, Any]:
        reader, shown = self._readers.open(source)
        times_s = reader.index.times_s[shown]
        drawn = draw_frames(rng, times_s, self.min_gap_s, self.max_gap_s)
        if drawn is None:
            gap = f"{self.min_gap_s:g} to {'any' if self.max_gap_s is None else f'{self.max_gap_s:g}'} s"
            raise PairError(
                f"expected two frames {gap} apart but {source.path} has {len(shown)} frames, none of them so"
            )
        frames = [int(shown[number]) for number in drawn]
        pictures = [_square(picture, self.size_px) for picture in reader.at(frames, self.size_px)]
        return {
            "source": pictures[0],
            "driver": pictures[1],
            "source_index": frames[0],
            "driver_index": frames[1],
            "source_s": float(times_s[drawn[0]]),
            "driver_s": float(times_s[drawn[1]]),
            "clip_id": source.id,
            "subject": source.subject,
            "task": source.task,
            "view": source.view,
        }


def checked_settings(size_px: int, seed: int, max_open: int, on_error: str) -> None:
    """Raises PairError for numbers that are too small, and unknown words."""
    for name, value, least in (("size_px", size_px, 2), ("seed", seed, 0), ("max_open", max_open, 1)):
        if value < least:
            raise PairError(f"expected {name} of at least {least} but got {value}")
    if on_error not in ON_ERROR:
        raise PairError(f"expected on_error 'raise' or 'skip' but got {on_error!r}")


class _Opened(NamedTuple):
    reader: FrameReader
    frames: np.ndarray  # int64 [K], those to draw from


class _OpenReaders:
    """The readers of one process, the least recently used one closed first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: OrderedDict[Path, _Opened] = OrderedDict()
        self._indexes: OrderedDict[Path, FrameIndex] = OrderedDict()  # kept when a reader is closed
        self._owner = _process()

    def __getstate__(self) -> int:
        return self._limit

    def __setstate__(self, limit: int) -> None:
        self.__init__(limit)  # type: ignore[misc]

    def __len__(self) -> int:
        return len(self._open)

    def open(self, source: PairSource) -> _Opened:
        """Raises VideoDecodeError, PairError."""
        from feed_dataset.core.media.reader import open_reader

        if self._owner != _process():  # a fork shares file positions with its parent: never read on with these
            self._open, self._owner = OrderedDict(), _process()
        opened = self._open.pop(source.path, None)
        if opened is None:
            while len(self._open) >= self._limit:
                _, oldest = self._open.popitem(last=False)
                oldest.reader.close()
            index = self._indexes.get(source.path) or source.index()
            # One thread: a decoder with threads that is alive when DataLoader forks hangs in the worker that frees it.
            reader = open_reader(source.path, index=index, threads=1)
            self._indexes[source.path] = reader.index
            while len(self._indexes) > _INDEXES:
                self._indexes.popitem(last=False)
            opened = _Opened(reader, source.usable_frames(reader.index.frame_count))
        self._open[source.path] = opened
        return opened


def _process() -> tuple[int, int]:
    worker = get_worker_info()
    return os.getpid(), -1 if worker is None else worker.id


def _square(picture: np.ndarray, size_px: int) -> torch.Tensor:  # uint8 [H, W, 3] -> uint8 [3, size_px, size_px]
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = picture[top : top + side, left : left + side]
    if side != size_px:  # readers shrink but never enlarge
        import cv2

        square = cv2.resize(square, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    return torch.from_numpy(np.ascontiguousarray(square.transpose(2, 0, 1)))
