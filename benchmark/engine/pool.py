"""Run independent jobs one after another here, or in several processes. Either way the files are the same.

Every worker computes with one thread, so that a number never depends on how many workers there are.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Protocol, TypeVar

from benchmark.features.toolbox import Toolbox
from benchmark.results.errors import BenchmarkError

R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
ToolboxFactory = Callable[[], Toolbox]

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
MAX_WORKERS = 8  # each holds its own networks; beyond this memory grows faster than speed
_toolbox: Toolbox | None = None


class Job(Protocol[R_co]):
    """A picklable piece of work that leaves its outcome on disk and returns a small summary."""

    def run(self, toolbox: Toolbox) -> R_co: ...


class Pool(Protocol):
    """Where jobs run."""

    def map(self, jobs: Sequence[Job[R]], done: Callable[[], None]) -> list[R]:
        """Results in the order of the jobs; `done` is called after each."""
        ...


class SerialPool:
    """Jobs run in this process."""

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox

    def map(self, jobs: Sequence[Job[R]], done: Callable[[], None]) -> list[R]:
        results = []
        for job in jobs:
            results.append(job.run(self._toolbox))
            done()
        return results


class ProcessPool:
    """Jobs run in `workers` processes, each with its own toolbox."""

    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def map(self, jobs: Sequence[Job[R]], done: Callable[[], None]) -> list[R]:
        try:
            futures = {self._executor.submit(_run, job): index for index, job in enumerate(jobs)}
            results: dict[int, R] = {}
            for future in as_completed(futures):
                results[futures[future]] = future.result()
                done()
        except BrokenProcessPool as error:
            raise BenchmarkError(
                "expected every worker process to live but one was killed (out of memory?); run again to"
                " continue, with fewer --workers"
            ) from error
        return [results[index] for index in range(len(jobs))]


@contextmanager
def process_pool(workers: int, toolbox: ToolboxFactory = Toolbox) -> Iterator[ProcessPool]:
    """Start worker processes; they end with the block, and also when this process is killed."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    with _single_threaded_children():
        executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(toolbox,))
        try:
            yield ProcessPool(executor)
            executor.shutdown()
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def default_workers() -> int:
    """One per core that this process may use."""
    return max(1, min(MAX_WORKERS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))


def _start_worker(toolbox: ToolboxFactory) -> None:
    global _toolbox
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker without a traceback
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import cv2

    cv2.setNumThreads(1)  # the other libraries read _THREAD_VARIABLES
    _toolbox = toolbox()


def _end_with_parent() -> None:
    import multiprocessing
    from multiprocessing.connection import wait

    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)  # the parent was killed; half-written temporary files are never renamed


def _run(job: Job[R]) -> R:
    if _toolbox is None:
        raise RuntimeError("expected a started worker but its toolbox is missing")
    return job.run(_toolbox)


@contextmanager
def _single_threaded_children() -> Iterator[None]:
    # Numerical libraries read these when they are loaded, hence before a worker's first line runs.
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
