"""The simulation has the bounds that it names; the check of resumed runs sees a planted difference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from feed_dataset.core.jobs.executor import SerialExecutor
from scripts.check_resume import differences
from scripts.simulate_scale import Clocked, Costs, Load, simulate
from tests.benchmark.harness import make_plan, run_plan, tools, write_data

COSTS = Costs(case_s=(1.0,), task_s=0.001, own_s=0.0, fixed_s=0.0, case_bytes=1.0, start_s=0.0)
LOAD = Load(cases=100, drivers=50)


def test_work_is_shared_until_a_task_cannot_be_divided() -> None:
    alone = simulate(COSTS, LOAD, 1, 1e9)
    assert alone.seconds == pytest.approx(100, rel=0.01)
    assert alone.bottleneck == "work of the workers"
    assert simulate(COSTS, LOAD, 10, 1e9).seconds == pytest.approx(10, rel=0.02)
    many = simulate(COSTS, LOAD, 1000, 1e9)
    assert many.seconds == pytest.approx(2, rel=0.05), "two cases of a driver are one task"
    assert many.bottleneck == "the longest task (cases of one driver)"


@pytest.mark.parametrize(
    ("costs", "bytes_per_s", "bottleneck", "seconds"),
    [
        (replace(COSTS, task_s=0.5), 1e9, "the run's own process", 25),
        (replace(COSTS, own_s=0.3), 1e9, "the run's own process", 30),
        (replace(COSTS, fixed_s=30.0), 1e9, "the run's own process", 30),
        (replace(COSTS, case_bytes=1e6), 5e6, "storage", 20),
        (replace(COSTS, start_s=40.0), 1e9, "start of the workers", 40),
    ],
)
def test_what_holds_up_a_thousand_workers(costs: Costs, bytes_per_s: float, bottleneck: str, seconds: float) -> None:
    found = simulate(costs, LOAD, 1000, bytes_per_s)
    assert found.bottleneck == bottleneck
    assert seconds <= found.seconds <= seconds + 3


def test_every_case_of_a_run_is_clocked(tmp_path: Path) -> None:
    plan = make_plan(write_data(tmp_path / "data"), tmp_path / "out", methods=("copy-source",))
    with Clocked(SerialExecutor(tools)) as clocked:
        run_plan(plan, clocked)
    assert len(clocked.case_s) == len(plan.cases) and min(clocked.case_s) > 0
    assert len(clocked.travel_s) == len({case.driver for case in plan.cases})


def test_a_planted_difference_is_seen(tmp_path: Path) -> None:
    results = run_plan(make_plan(write_data(tmp_path / "data"), tmp_path / "out", limit=1)).results
    assert list(differences(results, results)) == []
    row = next(row for row in results.rows if row.value is not None)
    other = row.model_copy(update={"value": row.value + 2e-6})
    planted = results.model_copy(update={"rows": [other if one is row else one for one in results.rows]})
    assert len(list(differences(planted, results))) == 1
    assert list(differences(results.model_copy(update={"rows": results.rows[1:]}), results)) == ["other rows"]
