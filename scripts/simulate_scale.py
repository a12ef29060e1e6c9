"""How fast a run is with 1 to 1,000 workers, and what holds it up: simulated from the costs of stages measured here.

    python -m scripts.simulate_scale                                    # 2,000 cases with 100 drivers, a cheap method
    python -m scripts.simulate_scale --generate-s 20 --cases 2000 --drivers 100
    python -m scripts.simulate_scale --storage-mb-s 50 --call-ms 5      # a slow disk, a slow network

Some cases of feed-mini are run here in one process with a clock of processor time on every stage: what a worker
computes of each case, what the run's own process does of it (plan, hand out, collect, score), and how many bytes are
written. The rest is a simulation of events: tasks of a driver's cases, cut as a run cuts them, on so many workers, one
process that hands out, one storage whose rate all share. `what holds it up` is the bound that alone would take longest.
"""

from __future__ import annotations

import argparse
import heapq
import pickle
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from benchmark import evaluate
from benchmark.engine.run import cut
from benchmark.engine.sharing import ClaimedTask
from benchmark.engine.tools import Tools, start_tools
from benchmark.features.types.extractor import Compute
from feed_dataset.core.jobs.executor import Executor, Failed, SerialExecutor, Task

R = TypeVar("R")
WORKERS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_METHODS = ("copy-source", "copy-driver", "keypoint-warp")


@dataclass(frozen=True)
class Costs:
    """Of the stages of a run.

    Args:
        case_s: of single cases on a worker, as they were measured.
        task_s: of handing out one task and taking its answer, in the run's own process.
        own_s: of one case in the run's own process, before and after: plan, look, score.
        fixed_s: of a run in its own process, however many cases it has.
        case_bytes: written by one case.
        start_s: until a worker is ready.
    """

    case_s: tuple[float, ...]
    task_s: float
    own_s: float
    fixed_s: float
    case_bytes: float
    start_s: float


@dataclass(frozen=True)
class Load:
    """What is to be done: cases, on so many drivers."""

    cases: int
    drivers: int

    def tasks(self, costs: Costs, seed: int) -> list[list[float]]:
        """Seconds of every case, by task."""
        chance = random.Random(seed)
        of_driver = [range(number, self.cases, self.drivers) for number in range(min(self.drivers, self.cases))]
        return [[chance.choice(costs.case_s) for _ in piece] for cases in of_driver for piece in cut(cases)]


@dataclass(frozen=True)
class Outcome:
    """Of one simulated run.

    Args:
        bounds_s: what each stage alone would take.
    """

    workers: int
    seconds: float
    bounds_s: dict[str, float]

    @property
    def bottleneck(self) -> str:
        return max(self.bounds_s, key=lambda name: self.bounds_s[name])


@dataclass(eq=False)
class Clocked(Executor[Tools]):
    """This process, with a clock on everything that would travel."""

    inner: SerialExecutor[Tools]
    case_s: list[float] = field(default_factory=list)
    travel_s: list[float] = field(default_factory=list)
    other_s: list[float] = field(default_factory=list)  # crops of sources

    def each(self, tasks: Iterable[Task[Tools, R]]) -> Iterator[tuple[int, R | Failed]]:
        """See `Executor`."""
        for index, task in enumerate(tasks):
            begin = time.process_time()
            sent: Any = pickle.loads(pickle.dumps(task))
            handed = time.process_time()
            ((_, result),) = self.inner.each([sent])
            done = time.process_time()
            back: R | Failed = pickle.loads(pickle.dumps(result))
            if isinstance(sent, ClaimedTask):
                cases = len(sent.task.cases)
                self.case_s += [(done - handed) / cases] * cases
                self.travel_s.append(handed - begin + time.process_time() - done)
            else:
                self.other_s.append(time.process_time() - begin)
            yield index, back


@dataclass(frozen=True)
class Measured:
    """One run: what its cases took, what travelled, what is left for its own process; in seconds, and bytes."""

    case_s: tuple[float, ...]
    travel_s: tuple[float, ...]
    own_s: float
    size: int


def run_here(methods: Sequence[str], cases: int, out: Path) -> Measured:
    """Some cases of feed-mini in this process."""
    with Clocked(SerialExecutor(lambda: start_tools(Compute()))) as clocked:
        evaluate(list(methods), "feed-mini-cross", limit=1, executor=clocked, out=out / "warm")
        for kept in (clocked.case_s, clocked.travel_s, clocked.other_s):
            kept.clear()
        begin = time.process_time()
        evaluate(list(methods), "feed-mini-cross", limit=cases, executor=clocked, out=out / "run")
        seconds = time.process_time() - begin
    own_s = seconds - sum(clocked.case_s) - sum(clocked.travel_s) - sum(clocked.other_s)
    size = sum(file.stat().st_size for file in (out / "run").rglob("*") if file.is_file())
    return Measured(tuple(clocked.case_s), tuple(clocked.travel_s), own_s, size)


def measure(methods: Sequence[str], cases: int, call_s: float, start_s: float) -> Costs:
    """Two runs of different lengths: what does not grow with the cases is fixed."""
    with tempfile.TemporaryDirectory(prefix="feed-scale-") as folder:
        few = run_here(methods, cases, Path(folder, "few"))
        many = run_here(methods, 3 * cases, Path(folder, "many"))
    more = len(many.case_s) - len(few.case_s)
    own_s = max(many.own_s - few.own_s, 0.0) / more
    return Costs(
        case_s=(*few.case_s, *many.case_s),
        task_s=call_s + sum(many.travel_s) / len(many.travel_s),
        own_s=own_s,
        fixed_s=max(few.own_s - own_s * len(few.case_s), 0.0),
        case_bytes=(many.size - few.size) / more,
        start_s=start_s,
    )


def simulate(costs: Costs, load: Load, workers: int, bytes_per_s: float, seed: int = 0) -> Outcome:
    """Events of one run: tasks are handed out one after the other, worked on, and their files written."""
    tasks = [(sum(cases), len(cases) * costs.case_bytes / bytes_per_s) for cases in load.tasks(costs, seed)]
    free_s = [costs.start_s] * workers  # when each worker has nothing to do
    own_free_s = storage_free_s = end_s = 0.0
    for work_s, write_s in tasks:
        own_free_s = max(own_free_s, heapq.heappop(free_s)) + costs.task_s
        storage_free_s = max(storage_free_s, own_free_s + work_s) + write_s
        heapq.heappush(free_s, storage_free_s)
        end_s = max(end_s, storage_free_s)
    return Outcome(
        workers,
        end_s + costs.fixed_s + load.cases * costs.own_s,
        {
            "work of the workers": sum(work for work, _ in tasks) / workers,
            "the longest task (cases of one driver)": max(work for work, _ in tasks),
            "the run's own process": len(tasks) * costs.task_s + costs.fixed_s + load.cases * costs.own_s,
            "storage": sum(write for _, write in tasks),
            "start of the workers": costs.start_s,
        },
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000, metavar="N")
    parser.add_argument("--drivers", type=int, default=100, metavar="N")
    parser.add_argument(
        "--measured", type=int, default=2, metavar="N", help="cases that are run here, and three times as many"
    )
    parser.add_argument("--generate-s", type=float, default=0.0, metavar="S", help="of a case of an expensive method")
    parser.add_argument("--storage-mb-s", type=float, default=200.0, metavar="R", help="that all share (default: 200)")
    parser.add_argument("--call-ms", type=float, default=2.0, metavar="T", help="of Ray for one task (default: 2)")
    parser.add_argument("--start-s", type=float, default=12.0, metavar="S", help="of a worker of Ray (default: 12)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    if min(given.cases, given.drivers, given.measured) < 1 or given.storage_mb_s <= 0:
        parser.error("expected cases, drivers and cases to measure of at least 1, and a rate above 0")
    costs = measure(_METHODS, given.measured, given.call_ms / 1000, given.start_s)
    mean_s = sum(costs.case_s) / len(costs.case_s)
    print(
        f"measured here: {mean_s:.2f} s of a worker for a case, {1000 * costs.task_s:.1f} ms for handing out a task,"
        f" {1000 * costs.own_s:.1f} ms of the run's own process for a case and {costs.fixed_s:.1f} s for all,"
        f" {costs.case_bytes / 1e6:.1f} MB written"
    )
    costs = replace(costs, case_s=tuple(one + given.generate_s for one in costs.case_s))
    load = Load(given.cases, given.drivers)
    print("| workers | time | cases a minute | of ideal | what holds it up |\n|---:|---:|---:|---:|---|")
    alone = simulate(costs, load, 1, given.storage_mb_s * 1e6, given.seed).seconds
    for workers in WORKERS:
        found = simulate(costs, load, workers, given.storage_mb_s * 1e6, given.seed)
        ideal, rate = alone / found.seconds / workers, 60 * load.cases / found.seconds
        cells = (workers, f"{found.seconds / 60:.1f} min", f"{rate:.0f}", f"{100 * ideal:.0f} %", found.bottleneck)
        print(f"| {' | '.join(map(str, cells))} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
