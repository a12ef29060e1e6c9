"""Tasks in worker processes: a crash, a hang or too much memory costs one task, not the run."""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, TypeVar

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import OUT_OF_MEMORY, Executor, Failed, SerialExecutor, Task
from feed_dataset.core.jobs.worker_process import Answer, OutOfMemory, Raised, Ready, Result, as_worker, serve

R = TypeVar("R")
Tools_co = TypeVar("Tools_co", covariant=True)
Limit = float | Callable[[Any], float]

_STOP_S = 2.0


class WorkerTraceback(Exception):
    """The cause of an exception from a worker process: where it was raised there."""

    def __init__(self, trace: str) -> None:
        self._trace = trace
        super().__init__(trace)

    def __str__(self) -> str:
        return f'\n"""\n{self._trace}"""'


@dataclass(frozen=True)
class _Attempt:
    index: int
    task: Any
    number: int = 1


@dataclass(frozen=True)
class _Died:
    how: str


@dataclass(frozen=True)
class _TooLate:
    limit_s: float


@dataclass(eq=False)
class _Worker:
    process: SpawnProcess
    connection: Connection
    ended: int  # a file descriptor that can be read when the process is gone
    is_ready: bool = False
    attempt: _Attempt | None = None  # in work
    limit_s: float = math.inf
    deadline_s: float = math.inf  # of time.monotonic

    @property
    def group(self) -> int:
        """Of it and of what its tasks start."""
        assert self.process.pid is not None
        return self.process.pid

    def send(self, attempt: _Attempt, limit_s: float) -> bool:
        """Whether the task could be handed over; not to a process that died while it was idle."""
        data = pickle.dumps(attempt.task)
        try:
            self.connection.send_bytes(data)
        except ConnectionError:
            return False
        self.attempt, self.limit_s, self.deadline_s = attempt, limit_s, time.monotonic() + limit_s
        return True

    def receive(self) -> Answer | _Died:
        try:
            data = self.connection.recv_bytes()
        except (EOFError, OSError):
            return self.died()
        answer: Answer = pickle.loads(data)
        return answer

    def died(self) -> _Died:
        """How the process ended."""
        self.process.join(_STOP_S)
        code = self.process.exitcode
        if code is not None and code < 0:
            name = "out of memory?" if -code == signal.SIGKILL else signal.Signals(-code).name
            return _Died(f"was killed (signal {-code}, {name})")
        return _Died("stopped to answer" if code is None else f"ended (exit code {code})")


class ProcessExecutor(Executor[Tools_co]):
    """Tasks run in processes of one thread each, which start when they are first needed and end with the block.

    A process that died is made again. The task that it worked on is tried again when all others are done, with no
    other beside it, and counts as Failed after that. A task that takes too long is not tried again. A process
    ends with all that its tasks started, and when this one ends, however that happens.

    Args:
        workers: processes at most.
        start: picklable; called once in each process, what it returns is handed to every task.
        retries: how often a task is tried again whose process died or that ran out of memory.
        limit_s: how long a task may take, or a function of the task; nothing ends one without it.
        memory_bytes: what a process may allocate beyond what it has when it is started. Linux only.

    Raises:
        FeedError: no process can be started. Besides what `start` and tasks raise, with the WorkerTraceback as cause.
    """

    def __init__(
        self,
        workers: int,
        start: Callable[[], Tools_co],
        *,
        retries: int = 1,
        limit_s: Limit | None = None,
        memory_bytes: int | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"expected at least one worker but got {workers}")
        self._most = workers
        self._start = pickle.dumps(start)
        self._retries = retries
        self._limit_s = limit_s
        self._memory_bytes = memory_bytes
        self._workers: list[_Worker] = []
        self._is_open = False
        self._is_mapping = False
        self._dead_starts = 0  # one after another

    def __enter__(self) -> ProcessExecutor[Tools_co]:
        self._is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_open = False
        self._end(self._workers)

    def each(self, tasks: Iterable[Task[Tools_co, R]]) -> Iterator[tuple[int, R | Failed]]:
        """See `Executor`. Leaving early ends the tasks in work."""
        if not self._is_open or self._is_mapping:
            raise RuntimeError("expected one map at a time, inside of `with ProcessExecutor(...)`")
        waiting = deque(_Attempt(index, task) for index, task in enumerate(tasks))
        again: deque[_Attempt] = deque()
        self._is_mapping = True
        try:
            while waiting or again or self._busy():
                if not waiting and not self._busy():
                    self._end(self._workers[1:])  # whatever was short may be there for one alone
                    waiting.append(again.popleft())
                self._hand_out(waiting)
                for worker, answer in self._answers():
                    attempt, worker.attempt = worker.attempt, None
                    if isinstance(answer, Ready):
                        worker.is_ready, self._dead_starts = True, 0
                    elif isinstance(answer, Raised):
                        if attempt is None:
                            self._end([worker])
                        raise answer.error from WorkerTraceback(answer.trace)
                    elif isinstance(answer, Result):
                        assert attempt is not None
                        yield attempt.index, answer.value
                    else:
                        self._end([worker])
                        if attempt is None:
                            self._count_dead_start(answer)
                        elif attempt.number <= self._retries and not isinstance(answer, _TooLate):
                            again.append(replace(attempt, number=attempt.number + 1))
                        else:
                            yield attempt.index, Failed(_reason(answer))
        finally:
            self._is_mapping = False
            self._end(self._busy())

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.attempt is not None]

    def _hand_out(self, waiting: deque[_Attempt]) -> None:
        for worker in [worker for worker in self._workers if worker.is_ready and worker.attempt is None]:
            if waiting:
                attempt = waiting.popleft()
                if not worker.send(attempt, limit_of(self._limit_s, attempt.task)):
                    waiting.appendleft(attempt)
                    self._end([worker])
        starting = sum(not worker.is_ready for worker in self._workers)
        while starting < len(waiting) and len(self._workers) < self._most:
            self._begin()
            starting += 1

    def _begin(self) -> None:
        context = get_context("spawn")  # libraries hold threads and locks that do not survive a fork
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._memory_bytes))
        resource_tracker.ensure_running()  # its own start would let signals through
        with as_worker():
            process.start()
            self._workers.append(_Worker(process, ours, _ending(process)))
            theirs.close()
        with contextlib.suppress(ConnectionError):  # it died: the next wait finds out
            ours.send_bytes(self._start)

    def _answers(self) -> Iterator[tuple[_Worker, Answer | _Died | _TooLate]]:
        """What those say that are starting or at work, after waiting for one of them."""
        listened = [worker for worker in self._workers if worker.attempt is not None or not worker.is_ready]
        first_s = min((worker.deadline_s for worker in listened if worker.attempt is not None), default=math.inf)
        patience_s = None if first_s == math.inf else max(first_s - time.monotonic(), 0.0)
        ends: list[Any] = [end for worker in listened for end in (worker.connection, worker.ended)]
        answered = wait(ends, patience_s)
        for worker in listened:
            if worker.connection in answered:
                yield worker, worker.receive()
            elif worker.ended in answered and not worker.connection.poll():
                yield worker, worker.died()  # what a task started holds the connection open
            elif time.monotonic() > worker.deadline_s and worker.attempt is not None and not worker.connection.poll():
                yield worker, _TooLate(worker.limit_s)

    def _count_dead_start(self, answer: OutOfMemory | _Died | _TooLate) -> None:
        self._dead_starts += 1
        if self._dead_starts > self._retries:
            raise FeedError(
                f"expected a worker process to start but {_reason(answer)}, {self._dead_starts} times in a row;"
                " run again to continue, with fewer workers"
            )

    def _end(self, workers: Iterable[_Worker]) -> None:
        ending = list(workers)
        for worker in ending:
            worker.process.terminate()
        for worker in ending:
            worker.process.join(_STOP_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(worker.group, signal.SIGKILL)
            os.close(worker.ended)
            worker.process.close()
            worker.connection.close()
            self._workers.remove(worker)


def _ending(process: SpawnProcess) -> int:
    """See `_Worker.ended`. What a process started may hold its sentinel open; its own descriptor is Linux's alone."""
    if hasattr(os, "pidfd_open"):
        assert process.pid is not None
        return os.pidfd_open(process.pid)
    return os.dup(process.sentinel)


def _reason(answer: OutOfMemory | _Died | _TooLate) -> str:
    if isinstance(answer, _Died):
        return f"the worker process {answer.how}"
    return OUT_OF_MEMORY if isinstance(answer, OutOfMemory) else f"it took longer than {answer.limit_s:.0f} s"


def limit_of(limit: Limit | None, task: object) -> float:
    """How long a task may take in seconds; infinite without a limit."""
    return math.inf if limit is None else limit(task) if callable(limit) else limit


def open_executor(
    workers: int,
    start: Callable[[], Tools_co],
    *,
    retries: int = 1,
    limit_s: Limit | None = None,
    memory_bytes: int | None = None,
) -> Executor[Tools_co]:
    """A ProcessExecutor, or for 0 workers this process, which keeps no limits and survives nothing."""
    if workers == 0:
        return SerialExecutor(start)
    return ProcessExecutor(workers, start, retries=retries, limit_s=limit_s, memory_bytes=memory_bytes)
