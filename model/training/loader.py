"""Batches made ahead of their use by other processes; how many of them changes nothing but the time."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import cv2
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from feed_dataset.core.jobs.errors import FeedError
from model.networks.errors import ModelError
from model.training.waiting import Waiting

T = TypeVar("T")
Key = tuple[int, int]
"""Step, and part of its batch."""

AHEAD_PER_WORKER = 2


class BatchLoader(Generic[T]):
    """Parts of batches by step, most of them ready when they are asked for.

    A part is a function of step and number, and workers are asked for what comes next: nothing has a position that
    could be lost. Asked for anything else, such as after a resume, workers begin anew there.

    Args:
        make: a part of the batch of a step; a pure function of both numbers.
        parts: numbers of the parts that this process needs of every step, in order.
        steps: of the schedule; nothing beyond is made ahead.
        workers: processes that make them; 0: made when asked for. They are forked, and share what `make` has in memory.
    """

    def __init__(self, make: Callable[[int, int], T], parts: Sequence[int], steps: int, workers: int = 0) -> None:
        if workers < 0:
            raise ModelError(f"expected at least 0 workers but got {workers}")
        self.make, self.parts, self.steps, self.workers = make, parts, steps, workers
        self._ready: Iterator[tuple[Key, T | FeedError | OSError]] = iter(())
        self._next: Key | None = None
        self._waiting = Waiting()

    def at(self, step: int, part: int) -> T:
        """A part of the batch of a step. What `make` raises comes as it is; see also `worker_deaths_named`."""
        with self._waiting:
            ahead = self.workers and step < self.steps
            return self._from_workers((step, part)) if ahead else self.make(step, part)

    def take_wait_s(self) -> float:
        """Seconds that `at` took since this was last asked."""
        return self._waiting.take_s()

    def close(self) -> None:
        """End the workers; `at` starts others."""
        self._ready, self._next = iter(()), None

    def _from_workers(self, key: Key) -> T:
        if key != self._next:
            self.close()
            with _without_opencv_threads():
                self._ready = iter(self._loader(_Keys(key, self.parts, self.steps)))
        found, value = next(self._ready)
        assert found == key
        self._next = _after(key, self.parts)
        if isinstance(value, FeedError | OSError):
            raise value
        return value

    def _loader(self, keys: _Keys) -> DataLoader[Any]:
        return DataLoader(
            _Made(self.make), batch_size=None, sampler=keys, num_workers=self.workers, collate_fn=_as_it_is,
            prefetch_factor=AHEAD_PER_WORKER, worker_init_fn=_begin, multiprocessing_context="fork",
            generator=torch.Generator(),  # without one it draws from the global generator, as dropout does
        )  # fmt: skip


@contextmanager
def worker_deaths_named() -> Iterator[None]:
    """PyTorch tells that a worker was killed in the middle of anything: here it becomes a ModelError."""
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise ModelError(
            f"a process that makes batches ended ({next(iter(str(error).splitlines()))}); memory or /dev/shm may be"
            " full: go on with fewer --workers"
        ) from error


def _after(key: Key, parts: Sequence[int]) -> Key:
    step, place = key[0], parts.index(key[1]) + 1
    return (step, parts[place]) if place < len(parts) else (step + 1, parts[0])


class _Keys(Sampler[Key]):
    """From a key on all that follow it until the schedule ends."""

    def __init__(self, first: Key, parts: Sequence[int], steps: int) -> None:
        self.first, self.parts, self.steps = first, parts, steps

    def __iter__(self) -> Iterator[Key]:
        key = self.first
        while key[0] < self.steps:
            yield key
            key = _after(key, self.parts)


class _Made(Dataset[Any], Generic[T]):
    """Errors for people come as values: raised in a worker they would arrive as the text of a traceback."""

    def __init__(self, make: Callable[[int, int], T]) -> None:
        self.make = make

    def __getitem__(self, key: Key) -> tuple[Key, T | FeedError | OSError]:
        try:
            return key, self.make(*key)
        except (FeedError, OSError) as error:
            return key, error


def _as_it_is(value: Any) -> Any:
    return value


@contextmanager
def _without_opencv_threads() -> Iterator[None]:
    """For a fork: a child has none of its parent's threads, and waits for ever for them when it uses or ends them."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _begin(worker: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the one that trains ends the others
