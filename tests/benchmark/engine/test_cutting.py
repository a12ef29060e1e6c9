"""How cases are cut into tasks: one driver keeps many workers busy, and how it is cut changes no number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from benchmark.engine import run
from benchmark.engine.run import MOST_CASES, cut
from benchmark.engine.sharing import ClaimedTask
from benchmark.engine.tools import Tools
from feed_dataset.core.jobs.executor import Executor, Failed, SerialExecutor, Task
from tests.benchmark import harness

R = TypeVar("R")


@pytest.mark.parametrize(("cases", "sizes"), [(1, [1]), (8, [8]), (9, [4, 5]), (20, [6, 7, 7]), (2000, [8] * 250)])
def test_pieces_are_few_and_alike(cases: int, sizes: list[int]) -> None:
    pieces = cut(range(cases))
    assert [len(piece) for piece in pieces] == sizes
    assert [case for piece in pieces for case in piece] == list(range(cases))
    assert max(sizes) <= MOST_CASES


class Counting(Executor[Tools]):
    """This process; remembers the cases of every task."""

    def __init__(self) -> None:
        self._inner = SerialExecutor(harness.tools)
        self.cases: list[list[str]] = []

    def each(self, tasks: Iterable[Task[Tools, R]]) -> Iterator[tuple[int, R | Failed]]:
        found = list(tasks)
        self.cases += [[case.id for case in one.task.cases] for one in found if isinstance(one, ClaimedTask)]
        return self._inner.each(found)


def test_a_driver_with_many_sources_is_many_tasks_with_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = harness.write_data(tmp_path / "data")
    shipped = harness.tiny_protocol()
    sources = shipped.sources.model_copy(update={"photo_cases": 4})
    protocol = shipped.model_copy(update={"sources": sources})
    found = {}
    for most in (8, 1):
        monkeypatch.setattr(run, "MOST_CASES", most)
        executor = Counting()
        plan = harness.make_plan(data, tmp_path / f"{most}", protocol=protocol, methods=("copy-driver",))
        results = harness.run_plan(plan, executor).results
        assert results.failures == []
        found[most] = results.fingerprint(), executor.cases
    (whole, few), (pieces, many) = found[8], found[1]
    assert whole == pieces
    assert len(few) == len({case.driver for case in plan.cases}) < len(plan.cases)
    assert [len(cases) for cases in many] == [1] * len(plan.cases)
    first = [cases[0] for cases in few]
    assert [cases[0] for cases in many[: len(few)]] == first, "the first of every driver come before its others"
