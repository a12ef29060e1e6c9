"""Windows of takes for a DataLoader: decoded and shrunk in the worker, so that full-size frames stay there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.data import Dataset, get_worker_info

from feed_dataset.cameras.frame_batch import time_grid
from feed_dataset.cameras.take_reader import TakeReader
from feed_dataset.catalog.take import VIEWS

if TYPE_CHECKING:
    from feed_dataset.catalog.take import Take

_OPEN_TAKES = 2  # per worker: a decoder of 4K holds 100 MB and more


class TakeWindows(Dataset[dict[str, Any]]):
    """Windows of `length` moments, `stride` apart, of every take; map style.

    An item is a dict: `frames` uint8 [V, T, 3, H, W], `valid` bool [V, T], `pts_s` float64 [V, T], `take` and
    `start_s`. Files are opened in the process that reads them; items that follow each other in order read on in the
    same open files.

    Raises VideoDecodeError where a file cannot be read.
    """

    def __init__(
        self,
        takes: Sequence[Take],
        *,
        length: int = 16,
        stride: int | None = None,  # the length by default
        views: Sequence[str] = VIEWS,
        size: int = 512,
        fps: float | Fraction = 25,
        offsets_s: Mapping[str, Mapping[str, float]] | None = None,  # by take and view
        drifts_ppm: Mapping[str, Mapping[str, float]] | None = None,  # by take and view
    ) -> None:
        if length < 1 or (stride is not None and stride < 1):
            raise ValueError(f"expected a length and stride of at least 1 but got {length} and {stride}")
        self.takes, self.views, self.size, self.fps = tuple(takes), tuple(views), size, Fraction(fps)
        self.length, self.stride, self.offsets_s = length, stride or length, dict(offsets_s or {})
        self.drifts_ppm = dict(drifts_ppm or {})
        self._windows: list[tuple[int, float]] = []  # take, start
        for number, take in enumerate(self.takes):
            with self._open(take) as reader:
                grid_s = time_grid(*reader.span_s, self.fps)
            self._windows += [(number, float(grid_s[k])) for k in range(0, len(grid_s) - length + 1, self.stride)]
        self._readers: OrderedDict[int, TakeReader] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def __getitem__(self, item: int) -> dict[str, Any]:
        number, start_s = self._windows[item]
        stop_s = start_s + float(self.length / self.fps)
        batch = self._reader(number).frames(start_s, stop_s, self.size, self.fps)
        frames = np.ascontiguousarray(batch.frames.transpose(0, 1, 4, 2, 3))
        return {
            "frames": torch.from_numpy(frames),
            "valid": torch.from_numpy(batch.valid),
            "pts_s": torch.from_numpy(batch.pts_s),
            "take": self.takes[number].id,
            "start_s": start_s,
        }

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_readers": OrderedDict()}

    def close(self) -> None:
        """Close the files that this process has open."""
        while self._readers:
            self._readers.popitem()[1].close()

    def _reader(self, number: int) -> TakeReader:
        if number not in self._readers:
            while len(self._readers) >= _OPEN_TAKES:
                self._readers.popitem(last=False)[1].close()
            self._readers[number] = self._open(self.takes[number])
        self._readers.move_to_end(number)
        return self._readers[number]

    def _open(self, take: Take) -> TakeReader:
        threads = 1 if get_worker_info() is not None else None  # the workers themselves are the parallelism
        offsets_s, drifts_ppm = self.offsets_s.get(take.id), self.drifts_ppm.get(take.id)
        return take.open(self.views, offsets_s=offsets_s, drifts_ppm=drifts_ppm, threads=threads)
