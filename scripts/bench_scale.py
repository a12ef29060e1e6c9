"""What Ray costs and brings on this machine: speed of four workers against one, and the overhead of a case.

    python -m scripts.bench_scale            # needs the extra ray; two minutes
    python -m scripts.bench_scale --write    # and put the figures into docs/scale.md

The method computes for half of its time and waits for the other half, as one that asks a service or a GPU does. Both
sides are measured in turns and the best of each counts. A case without work, a picture large, is handed to a worker and
back: what that takes beyond the same in this process is the overhead. Exit 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.results.schema import write_text_atomic
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import Executor, SerialExecutor, no_tools
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from feed_dataset.core.jobs.ray_executor import RayExecutor
from scripts.update_readme import filled

PAGE = Path(__file__).resolve().parent.parent / "docs" / "scale.md"
FLOOR_SPEED = 1.7
CEILING_OVERHEAD_MS = 20.0
_HALF_S = 0.25
_CASES = 24
_EMPTY_CASES = 200
_TURNS = 2
_SIDE_PX = 256


@dataclass(frozen=True)
class HalfWaiting:
    """Computes so many seconds of processor time, then waits as long."""

    half_s: float

    def run(self, tools: None) -> int:
        begin, count = time.thread_time(), 0
        while time.thread_time() - begin < self.half_s:
            count += int(np.linalg.det(np.eye(64)))
        time.sleep(self.half_s)
        return 1


@dataclass(frozen=True, eq=False)
class Empty:
    """Gives back what it was given."""

    picture: np.ndarray

    def run(self, tools: None) -> np.ndarray:
        return self.picture


def speed(executor: Executor[None]) -> float:
    """Cases a second of `HalfWaiting`."""
    begin = time.perf_counter()
    done = executor.map([HalfWaiting(_HALF_S)] * _CASES)
    assert done == [1] * _CASES
    return _CASES / (time.perf_counter() - begin)


def overhead_ms(executor: Executor[None]) -> float:
    """Milliseconds of a case that does nothing."""
    picture = np.random.default_rng(0).integers(0, 256, (_SIDE_PX, _SIDE_PX, 3), np.uint8)
    begin = time.perf_counter()
    executor.map([Empty(picture)] * _EMPTY_CASES)
    return (time.perf_counter() - begin) / _EMPTY_CASES * 1000


@dataclass(frozen=True)
class Side:
    """What was measured of one executor."""

    name: str
    start_s: float
    cases_per_s: float
    overhead_ms: float


def measure(name: str, executor: Executor[None], workers: int) -> Side:
    """All of it; the start is until every worker has answered."""
    begin = time.perf_counter()
    with executor:
        executor.map([HalfWaiting(0.0)] * (4 * workers))
        start_s = time.perf_counter() - begin
        return Side(name, start_s, speed(executor), overhead_ms(executor))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/scale.md")
    given = parser.parse_args(arguments)
    sides: dict[str, list[Side]] = {}
    try:
        for _ in range(_TURNS):
            for name, executor, workers in (
                ("this process", SerialExecutor(no_tools), 1),
                ("processes, 4 workers", ProcessExecutor(4, no_tools), 4),
                ("ray, 1 worker", RayExecutor(no_tools, workers=1, address="local"), 1),
                ("ray, 4 workers", RayExecutor(no_tools, workers=4, address="local"), 4),
            ):
                sides.setdefault(name, []).append(measure(name, executor, workers))
    except FeedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    best = {name: _best(found) for name, found in sides.items()}
    ratio = best["ray, 4 workers"].cases_per_s / best["ray, 1 worker"].cases_per_s
    more_ms = best["ray, 1 worker"].overhead_ms - best["this process"].overhead_ms
    lines = ["| executor | start | cases per second | a case without work |", "|---|---|---|---|"]
    lines += [
        f"| {one.name} | {one.start_s:.1f} s | {one.cases_per_s:.2f} | {one.overhead_ms:.2f} ms |"
        for one in best.values()
    ]
    cores = len(os.sched_getaffinity(0))
    lines += [
        "",
        f"Four workers of Ray against one: {ratio:.2f} x on {cores} cores. Overhead of a case: {more_ms:.1f} ms.",
    ]
    text = "\n".join(lines)
    print(text)
    if given.write:
        write_text_atomic(PAGE, filled(PAGE.read_text(encoding="utf-8"), text))
    return 0 if ratio >= FLOOR_SPEED and more_ms <= CEILING_OVERHEAD_MS else 1


def _best(found: Sequence[Side]) -> Side:
    return Side(
        found[0].name,
        min(one.start_s for one in found),
        max(one.cases_per_s for one in found),
        min(one.overhead_ms for one in found),
    )


if __name__ == "__main__":
    from scripts import bench_scale

    sys.exit(bench_scale.main())  # workers know its tasks by the name of the module
