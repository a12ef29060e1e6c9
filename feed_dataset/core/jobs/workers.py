"""Worker processes that outlive bad files: a crash, a hang or too much memory costs one file, not the run."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MEMORY_BYTES = 3 << 30
"""What a worker may allocate beyond what its libraries take."""
_STOP_S = 2.0


@dataclass(frozen=True)
class Failure:
    """A worker gave no answer for a task."""

    reason: str


@dataclass
class _Worker(Generic[T]):
    process: SpawnProcess
    connection: Connection
    task: T
    deadline: float  # of time.monotonic


def run_each(
    function: Callable[[T], R],  # a module-level function; what it raises ends its worker
    tasks: Iterable[T],
    *,
    workers: int,
    limit_s: Callable[[T], float],
) -> Iterator[tuple[T, R | Failure]]:
    """Run `function` on each task in fresh processes (spawn), in no fixed order of results.

    A task whose worker dies, or that takes longer than `limit_s(task)`, gives a Failure.
    """
    waiting = deque(tasks)
    busy: list[_Worker[T]] = []
    idle: list[tuple[SpawnProcess, Connection]] = []
    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                process, connection = idle.pop() if idle else _start(function)
                task = waiting.popleft()
                with contextlib.suppress(BrokenPipeError):  # it died: the wait below finds out
                    connection.send(task)
                busy.append(_Worker(process, connection, task, time.monotonic() + limit_s(task)))
            patience_s = max(min(worker.deadline for worker in busy) - time.monotonic(), 0.0)
            ready = wait([worker.connection for worker in busy], patience_s)
            for worker in list(busy):
                if worker.connection in ready:
                    answer: R | Failure = _answer(worker)
                elif time.monotonic() > worker.deadline:
                    answer = Failure(f"reading it took longer than {limit_s(worker.task):.0f} s")
                else:
                    continue
                busy.remove(worker)
                if isinstance(answer, Failure):
                    _stop(worker.process, worker.connection)
                else:
                    idle.append((worker.process, worker.connection))
                yield worker.task, answer
    finally:
        for process, connection in [*idle, *((worker.process, worker.connection) for worker in busy)]:
            _stop(process, connection)


def _start(function: Callable[[T], R]) -> tuple[SpawnProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(function, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _answer(worker: _Worker[T]) -> R | Failure:
    try:
        return worker.connection.recv()
    except (EOFError, ConnectionResetError):
        worker.process.join(_STOP_S)
        code = worker.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return Failure(f"reading it ended the reader ({how})")


def _stop(process: SpawnProcess, connection: Connection) -> None:
    connection.close()
    process.terminate()
    process.join(_STOP_S)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()


def _serve(function: Callable[[T], R], connection: Connection) -> None:
    """Answer tasks until the other side is gone, also when it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    is_limited = False
    while True:
        try:
            task = connection.recv()
        except (EOFError, ConnectionResetError):
            return
        if not is_limited:
            _limit_memory()
            is_limited = True
        try:
            connection.send(function(task))
        except BrokenPipeError:
            return


def _limit_memory() -> None:
    """Let large allocations fail instead of filling the machine."""
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = used + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
