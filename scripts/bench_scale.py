"""What Ray costs and brings on this machine: speed of four workers against one, and the overhead of a case.

    python -m scripts.bench_scale        # needs the extra ray; two minutes on an idle machine

The method computes for half of its time and waits for the other half, as one that asks a service or a GPU does. Four
workers with four cases at a time and with one are measured in turns, when all of them have started: the start is a
column of its own. Of every time the shortest of all rounds counts, for what others do on the machine only makes them
longer. `cores` is how many of them the workers could have at their best, and `allowed` the speed that an executor
without any cost would have had with so many: on two cores that nobody else uses it is 4 x. A case without work, a
picture large, is handed to one worker and back, the next when it is there: what that takes beyond the same in this
process is the overhead, and `of this process` is the processor time that it costs here.
Exit 1 when a floor is missed; where `allowed` is below the floor, the machine was too busy to tell.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import Executor, SerialExecutor, no_tools
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from feed_dataset.core.jobs.ray_executor import RayExecutor

FLOOR_RATIO = 1.7
CEILING_OVERHEAD_MS = 20.0
_WORKERS = 4
_HALF_S = 0.1
_CASES = 8  # of a round
_EMPTY_CASES = 50  # of a round
_ROUNDS = 10
_SIDE_PX = 256


@dataclass(frozen=True)
class HalfWaiting:
    """Computes so many seconds of processor time, then waits for some."""

    half_s: float
    wait_s: float

    def run(self, tools: None) -> int:
        begin, count = time.thread_time(), 0
        while time.thread_time() - begin < self.half_s:
            count += int(np.linalg.det(np.eye(64)))
        time.sleep(self.wait_s)
        return 1


@dataclass(frozen=True, eq=False)
class Empty:
    """Gives back what it was given."""

    picture: np.ndarray

    def run(self, tools: None) -> np.ndarray:
        return self.picture


def seconds(executor: Executor[None], at_once: int, wait_s: float = _HALF_S) -> float:
    """That a round of `HalfWaiting` takes, with so many cases handed out at a time."""
    begin = time.perf_counter()
    for _ in range(0, _CASES, at_once):
        assert executor.map([HalfWaiting(_HALF_S, wait_s)] * at_once) == [1] * at_once
    return time.perf_counter() - begin


def allowed_ratio(cores: float, workers: int) -> float:
    """Of the rates with all workers and with one, for an executor that costs nothing, with so many cores for them."""
    alone_s = _HALF_S / min(1.0, cores) + _HALF_S
    together_s = max(_HALF_S / cores, alone_s / workers)
    return alone_s / together_s


def overhead_ms(executor: Executor[None]) -> tuple[float, float]:
    """(milliseconds, those of them that are processor time of this process) of a case that does nothing."""
    picture = np.random.default_rng(0).integers(0, 256, (_SIDE_PX, _SIDE_PX, 3), np.uint8)
    begin, own = time.perf_counter(), time.process_time()
    for _ in range(_EMPTY_CASES):
        executor.map([Empty(picture)])
    passed = time.perf_counter() - begin, time.process_time() - own
    return passed[0] / _EMPTY_CASES * 1000, passed[1] / _EMPTY_CASES * 1000


@dataclass(frozen=True)
class Side:
    """What was measured of one executor.

    Args:
        start_s: until the first worker has answered.
        all_start_s: until all of them have.
        ratio: of the shortest rounds with one worker and with all.
        cores: that all of them had at their best.
        overhead_ms, own_ms: of a case that does nothing, on the clock and in processor time of this process.
    """

    name: str
    start_s: float
    all_start_s: float
    ratio: float
    cores: float
    allowed: float
    overhead_ms: float
    own_ms: float


def measure(name: str, executor: Executor[None], workers: int) -> Side:
    """All of it; what is compared is measured in turns."""
    begin = time.perf_counter()
    with executor:
        executor.map([HalfWaiting(0.0, 0.0)])
        start_s = time.perf_counter() - begin
        for _ in range(2):  # one that starts late is not needed for the first cases
            seconds(executor, workers)
        all_start_s = time.perf_counter() - begin
        alone_s, together_s, computing_s, overheads = [], [], [], []
        for _ in range(_ROUNDS):
            together_s.append(seconds(executor, workers))
            alone_s.append(seconds(executor, 1))
            computing_s.append(seconds(executor, workers, wait_s=0.0))
            overheads.append(overhead_ms(executor))
    clock, own = (min(column) for column in zip(*overheads, strict=True))
    cores = _CASES * _HALF_S / min(computing_s)
    ratio = min(alone_s) / min(together_s)
    return Side(name, start_s, all_start_s, ratio, cores, allowed_ratio(cores, workers), clock, own)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    try:
        here, local, ray = (
            measure("this process", SerialExecutor(no_tools), 1),
            measure(f"{_WORKERS} processes", ProcessExecutor(_WORKERS, no_tools), _WORKERS),
            measure(f"{_WORKERS} workers of Ray", RayExecutor(no_tools, workers=_WORKERS, address="local"), _WORKERS),
        )
    except FeedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    lines = [
        "| executor | first worker | all workers | all against one | allowed | cores | a case without work | of this"
        " process |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.name} | {one.start_s:.1f} s | {one.all_start_s:.1f} s | {one.ratio:.2f} x |"
        f" {one.allowed:.2f} x | {one.cores:.2f} | {one.overhead_ms:.1f} ms | {one.own_ms:.1f} ms |"
        for one in (here, local, ray)
    ]
    load = os.getloadavg()[0]
    print("\n".join([*lines, "", f"{len(os.sched_getaffinity(0))} cores, load {load:.1f} (of an idle machine: 4)"]))
    return 0 if ray.ratio >= FLOOR_RATIO and ray.overhead_ms - here.overhead_ms <= CEILING_OVERHEAD_MS else 1


if __name__ == "__main__":
    from scripts import bench_scale

    sys.exit(bench_scale.main())  # workers know its tasks by the name of the module
