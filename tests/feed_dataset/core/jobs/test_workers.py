"""Worker processes: a crash, a hang or a greedy file costs one task."""

from __future__ import annotations

import os
import time

import numpy as np

from feed_dataset.core.jobs.workers import MEMORY_BYTES, Failure, run_each


def work(task: str) -> str:
    if task == "crash":
        os._exit(7)
    if task == "abort":
        os.abort()
    if task == "hang":
        time.sleep(60)
    if task == "greedy":
        try:
            return f"{np.ones(2 * MEMORY_BYTES // 8).sum()}"
        except MemoryError:
            return "refused"
    return f"did {task}"


def test_the_others_are_done() -> None:
    tasks = ["a", "crash", "b", "hang", "abort", "greedy", "c"]
    started = time.monotonic()
    found = dict(run_each(work, tasks, workers=2, limit_s=lambda task: 2.0 if task == "hang" else 30.0))
    assert time.monotonic() - started < 25
    assert {task: found[task] for task in "abc"} == {"a": "did a", "b": "did b", "c": "did c"}
    assert found["crash"] == Failure("reading it ended the reader (exit code 7)")
    assert found["abort"] == Failure("reading it ended the reader (signal 6)")
    assert found["hang"] == Failure("reading it took longer than 2 s")
    assert found["greedy"] == "refused"


def test_leaving_early_stops_the_workers() -> None:
    for _, answer in run_each(work, ["a", "hang", "hang"], workers=3, limit_s=lambda _: 30.0):
        assert answer == "did a"
        break
    import multiprocessing

    deadline = time.monotonic() + 10
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert multiprocessing.active_children() == []


def test_no_tasks() -> None:
    assert list(run_each(work, [], workers=4, limit_s=lambda _: 1.0)) == []
