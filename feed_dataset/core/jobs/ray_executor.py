"""Tasks on a Ray cluster: the loss of a worker or of a machine costs one task at most, not the run."""

from __future__ import annotations

import math
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, TypeVar

from feed_dataset.core.jobs.carrier import Carrier, SharedFiles
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import OUT_OF_MEMORY, Executor, Failed, Task
from feed_dataset.core.jobs.process_executor import Limit, WorkerTraceback, limit_of
from feed_dataset.core.jobs.ray_cluster import RayCluster, connect
from feed_dataset.core.jobs.ray_worker import RayWorker, Surroundings
from feed_dataset.core.jobs.worker_process import THREAD_VARIABLES, Answer, OutOfMemory, Raised, Ready, Result

R = TypeVar("R")
Tools_co = TypeVar("Tools_co", covariant=True)

_MOST_LOSSES = 3  # machines that may be lost with one task
_START_LIMIT_S = 600.0  # a cluster may have to buy machines
_DOUBT_LIMIT_S = 60.0  # until a cluster has noticed that a machine is gone
_POLL_S = 1.0


@dataclass(frozen=True)
class _Attempt:
    index: int
    task: Any
    number: int = 1
    losses: int = 0


@dataclass(frozen=True)
class _Died:
    """The worker's process ended."""

    host: str


@dataclass(frozen=True)
class _Lost:
    """The worker cannot be reached: its machine ended, or the way there."""

    host: str


@dataclass(frozen=True)
class _TooLate:
    limit_s: float


@dataclass(eq=False)
class _Worker:
    actor: Any
    answer: Any  # what is waited for: a Ray object reference; None while it has nothing to do
    host: str = "another machine"
    is_ready: bool = False
    attempt: _Attempt | None = None
    limit_s: float = math.inf
    deadline_s: float = math.inf  # of time.monotonic
    doubted_s: float | None = None  # of time.monotonic: since when it cannot be reached


class RayExecutor(Executor[Tools_co]):
    """Tasks run in worker processes of a Ray cluster, each on one core or with its share of GPUs.

    A process that died is made again, wherever there is room. The task that it worked on is tried again when all
    others are done, with no other beside it, and counts as Failed after that. One whose machine was lost goes to
    another machine at once, up to three times. When this process ends its workers end, too.

    Args:
        start: picklable; called once in each worker, what it returns is handed to every task.
        workers: processes at most; None takes as many as the cluster has room for.
        address: as of `ray_cluster.connect`.
        gpus: that each worker has for itself; 0.5 lets two share one.
        files: how files get to the workers and back.
        variables: of the environment, for workers.
        limit_s: how long a task may take, or a function of the task; nothing ends one without it. One that takes longer
            is not tried again.
        retries: how often a task is tried again whose process died or that ran out of memory.
        start_limit_s: how long no worker may be ready while there is work.

    Raises:
        FeedError: in the `with` statement as `connect`, or when the cluster has no room for one worker; later when no
            worker can be started. Besides what `start` and tasks raise, with the WorkerTraceback as cause.
    """

    def __init__(
        self,
        start: Callable[[], Tools_co],
        *,
        workers: int | None = None,
        address: str | None = None,
        gpus: float = 0.0,
        files: Carrier | None = None,
        variables: Mapping[str, str] | None = None,
        limit_s: Limit | None = None,
        retries: int = 1,
        start_limit_s: float = _START_LIMIT_S,
    ) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"expected at least one worker but got {workers}")
        self._start, self._address, self._gpus = start, address, gpus
        self._most = workers or 0
        self._files = files or SharedFiles()
        self._variables = {**(variables or {}), **dict.fromkeys(THREAD_VARIABLES, "1")}
        self._limit_s, self._retries = limit_s, retries
        self._start_limit_s = start_limit_s
        self._cluster: RayCluster | None = None
        self._workers: list[_Worker] = []
        self._new_worker: Callable[[], Any]
        self._is_mapping = False
        self._dead_starts = 0  # one after another

    def __enter__(self) -> RayExecutor[Tools_co]:
        from feed_dataset.core.jobs.executor import cpu_workers

        cluster = connect(self._address, local_workers=self._most or cpu_workers())
        try:
            room = cluster.room_for(1, self._gpus)
            if room == 0:
                raise FeedError(
                    f"expected room for a worker with 1 core and {self._gpus:g} GPUs but the cluster at"
                    f" {cluster.address} has none"
                )
            self._most = self._most or room
            self._files.open()
            actor = cluster.ray.remote(RayWorker).options(
                num_cpus=1,
                num_gpus=self._gpus,
                max_restarts=0,
                scheduling_strategy="SPREAD",
                runtime_env={"env_vars": self._variables},
            )
            given = (Surroundings.here(), pickle.dumps(self._files.end()), self._files.dumps(self._start))
            self._new_worker = lambda: actor.remote(*given)
        except BaseException:
            cluster.close()
            raise
        self._cluster = cluster
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cluster, self._cluster = self._cluster, None
        if cluster is not None:
            self._end(cluster, self._workers)
            self._files.close()
            cluster.close()

    def each(self, tasks: Iterable[Task[Tools_co, R]]) -> Iterator[tuple[int, R | Failed]]:
        """See `Executor`. Leaving early ends the tasks in work."""
        if self._cluster is None or self._is_mapping:
            raise RuntimeError("expected one map at a time, inside of `with RayExecutor(...)`")
        cluster = self._cluster
        waiting = deque(_Attempt(index, task) for index, task in enumerate(tasks))
        again: deque[_Attempt] = deque()
        self._is_mapping = True
        try:
            while waiting or again or self._busy():
                if not waiting and not self._busy():
                    self._end(cluster, self._workers[1:])  # whatever was short may be there for one alone
                    waiting.append(again.popleft())
                self._hand_out(waiting)
                for worker, answer in self._answers(cluster):
                    attempt, worker.attempt, worker.deadline_s = worker.attempt, None, math.inf
                    if isinstance(answer, Ready):
                        worker.is_ready, worker.host, self._dead_starts = True, answer.host, 0
                    elif isinstance(answer, Raised):
                        if attempt is None:
                            self._end(cluster, [worker])
                        raise answer.error from WorkerTraceback(answer.trace)
                    elif isinstance(answer, Result):
                        assert attempt is not None
                        self._hand_out(waiting)  # the worker goes on while the caller uses the result
                        yield attempt.index, answer.value
                    else:
                        self._end(cluster, [worker])
                        if attempt is None:
                            self._count_dead_start(answer)
                        elif isinstance(answer, _Lost) and attempt.losses < _MOST_LOSSES:
                            waiting.append(replace(attempt, losses=attempt.losses + 1))
                        elif isinstance(answer, _Died | OutOfMemory) and attempt.number <= self._retries:
                            again.append(replace(attempt, number=attempt.number + 1))
                        else:
                            yield attempt.index, Failed(_reason(answer))
        finally:
            self._is_mapping = False
            self._end(cluster, self._busy())

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.attempt is not None]

    def _hand_out(self, waiting: deque[_Attempt]) -> None:
        for worker in [worker for worker in self._workers if worker.is_ready and worker.attempt is None]:
            if waiting:
                attempt = waiting.popleft()
                data = self._files.dumps(attempt.task, is_again=attempt.number + attempt.losses > 1)
                worker.attempt, worker.answer = attempt, worker.actor.run.remote(data)
                worker.limit_s = limit_of(self._limit_s, attempt.task)
                worker.deadline_s = time.monotonic() + worker.limit_s
        starting = sum(not worker.is_ready for worker in self._workers)
        while starting < len(waiting) and len(self._workers) < self._most:
            actor = self._new_worker()
            self._workers.append(_Worker(actor, actor.begin.remote()))
            starting += 1

    def _answers(self, cluster: RayCluster) -> Iterator[tuple[_Worker, Answer | _Died | _Lost | _TooLate]]:
        """What those say that are starting or at work, after waiting for one of them."""
        listened = {
            worker.answer: worker for worker in self._workers if worker.attempt is not None or not worker.is_ready
        }
        deadline_s = time.monotonic() + self._start_limit_s
        answered: list[Any] = []
        late: list[_Worker] = []
        while not answered and not late:
            answered, _ = cluster.ray.wait(list(listened), num_returns=1, timeout=_POLL_S)
            now_s = time.monotonic()
            over = [reference for reference, one in listened.items() if now_s > one.deadline_s]
            _, silent = cluster.ray.wait(over, num_returns=len(over), timeout=0) if over else ([], [])
            late = [listened[reference] for reference in silent]
            if not answered and not any(one.is_ready for one in self._workers) and now_s > deadline_s:
                gpus = f" with {self._gpus:g} GPUs" if self._gpus else ""
                raise FeedError(
                    f"expected a worker to start within {self._start_limit_s:.0f} s but none did; the cluster at"
                    f" {cluster.address} has no free core{gpus}; run again to continue when there is room"
                )
        for reference in answered:
            answer = self._receive(cluster, listened[reference])
            if answer is not None:
                yield listened[reference], answer
        yield from ((worker, _TooLate(worker.limit_s)) for worker in late)

    def _receive(self, cluster: RayCluster, worker: _Worker) -> Answer | _Died | _Lost | _TooLate | None:
        """None where the worker cannot be reached and nobody knows why yet: it is asked again."""
        errors = cluster.ray.exceptions
        try:
            data: bytes = cluster.ray.get(worker.answer)
        except errors.OutOfMemoryError:
            return OutOfMemory()
        except errors.ActorUnavailableError:
            now_s = time.monotonic()
            worker.doubted_s = worker.doubted_s or now_s
            if now_s - worker.doubted_s > _DOUBT_LIMIT_S:
                return _Lost(worker.host)
            worker.answer = worker.actor.is_there.remote()  # Ray says the cause when it knows it
            return None
        except errors.RayActorError as error:
            text = str(error)
            if "running low on memory" in text:
                return OutOfMemory()
            return _Lost(worker.host) if "its node has died" in text else _Died(worker.host)
        if worker.doubted_s is not None:
            return _Lost(worker.host)  # it is there again, but not its answer
        return self._files.loads(data)

    def _count_dead_start(self, answer: OutOfMemory | _Died | _Lost | _TooLate) -> None:
        self._dead_starts += 1
        if self._dead_starts > max(self._retries, _MOST_LOSSES if isinstance(answer, _Lost) else 0):
            raise FeedError(
                f"expected a worker process to start but {_reason(answer)}, {self._dead_starts} times in a row;"
                " run again to continue, with fewer workers"
            )

    def _end(self, cluster: RayCluster, workers: Iterable[_Worker]) -> None:
        for worker in list(workers):
            cluster.ray.kill(worker.actor, no_restart=True)
            self._workers.remove(worker)


def _reason(answer: OutOfMemory | _Died | _Lost | _TooLate) -> str:
    if isinstance(answer, _TooLate):
        return f"it took longer than {answer.limit_s:.0f} s"
    if isinstance(answer, _Died):
        return f"the worker process on {answer.host} ended (killed, or out of memory?)"
    return OUT_OF_MEMORY if isinstance(answer, OutOfMemory) else f"the machine {answer.host} was lost"
