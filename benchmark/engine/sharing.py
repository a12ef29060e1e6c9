"""One run, several processes: each task is claimed before it is done, and what others do is waited for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine.plan import Plan
from benchmark.engine.task import CaseTask
from benchmark.engine.tools import Tools
from benchmark.engine.work import TaskOutcome
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.claims import POLL_S, Claim, Claims, Owner
from feed_dataset.core.jobs.executor import Executor, Failed

CLAIMS_FOLDER = "claims"
_RUN = "run-"
_TASK = "task-"


@dataclass(frozen=True)
class Elsewhere:
    """In place of an outcome: another process is at it."""


@dataclass(frozen=True)
class ClaimedTask:
    """A task that is done only where no other process does it.

    Args:
        key: of the claim; from the process that has the run, because files may have other names where the task is done.
    """

    task: CaseTask
    claims: Claims
    key: str

    def kept_files(self) -> Iterator[Path]:
        """Of the task: what an earlier try may have left."""
        return self.task.kept_files()

    def run(self, tools: Tools) -> TaskOutcome | Elsewhere:
        """The outcome; from what another process left, if it has done it meanwhile."""
        with self.claims.hold(self.key, self.task.driver.label) as ours:
            if not ours:
                return Elsewhere()
            return self.task.find() or self.task.run(tools)


def time_of(task: object, case_s: float) -> float:
    """How long a task may take where a case of a method may take `case_s`; what generates nothing has no limit."""
    work = task.task if isinstance(task, ClaimedTask) else task
    return case_s * len(work.cases) * len(work.outputs) if isinstance(work, CaseTask) else math.inf


def _claimed(task: CaseTask, claims: Claims) -> ClaimedTask:
    return ClaimedTask(task, claims, f"{_TASK}{task.key}")


def claims_of(out: Path) -> Claims:
    """The claims of a run's folder."""
    return Claims(out / CLAIMS_FOLDER)


def run_claimed(
    executor: Executor[Tools], tasks: Sequence[CaseTask], claims: Claims, step: Callable[[], None]
) -> dict[int, TaskOutcome | Failed]:
    """Outcomes by the place of each task, however many processes share them."""
    outcomes: dict[int, TaskOutcome | Failed] = {}
    left = list(range(len(tasks)))
    while left:
        elsewhere = []
        for place, outcome in executor.each([_claimed(tasks[number], claims) for number in left]):
            if isinstance(outcome, Elsewhere):
                elsewhere.append(left[place])
            else:
                outcomes[left[place]] = outcome
                step()
        if len(elsewhere) == len(left):
            time.sleep(POLL_S)
        left = sorted(elsewhere)
    return outcomes


@contextmanager
def present(plan: Plan) -> Iterator[None]:
    """Say that a process works in the run's folder, for as long as it does.

    Raises:
        BenchmarkError: another one works there on another protocol: only one of them could write its results.
    """
    protocol = f"{plan.protocol.name} v{plan.protocol.version}"
    for other in processes(plan.out):
        if other.owner is not None and not other.is_stale and not other.owner.about.startswith(f"{protocol}, "):
            raise BenchmarkError(
                f"expected {plan.out} for {protocol} alone but pid {other.owner.pid} on {other.owner.host} works there"
                " on another protocol; name another folder with --out"
            )
    methods = ", ".join(method.name for method in plan.methods)
    about = f"{protocol}, {len(plan.cases)} cases of {methods}: {plan.command}"
    claims = claims_of(plan.out)
    key = f"{_RUN}{Owner.this_process('').token}"
    try:
        with claims.hold(key, about):
            yield
    finally:
        with suppress(OSError):  # a disk that takes nothing more: whoever comes next cleans up
            claims.clean()


def processes(out: Path) -> list[Claim]:
    """The processes that work in a run's folder, and those that ended without a word."""
    return [one for one in claims_of(out).all() if one.key.startswith(_RUN)]


def tasks_at_work(out: Path) -> list[Claim]:
    """What they are at."""
    return [one for one in claims_of(out).all() if one.key.startswith(_TASK)]
