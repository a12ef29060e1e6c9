"""`benchmark.evaluate`: what the command does, from Python, with objects and in any executor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

import benchmark
from baselines import Capabilities, Method
from benchmark.engine.evaluation import plan_evaluation
from benchmark.engine.tools import Tools
from benchmark.features.types.extractor import Compute
from benchmark.results.errors import BenchmarkError, ResultsError
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import SerialExecutor
from tests.benchmark import harness


class Grey(Method):
    name = "grey"
    capabilities = Capabilities(drives=frozenset({"image"}), licence="MIT")
    devices: list[str]

    def __init__(self) -> None:
        self.devices = []

    def load(self, device: str = "cpu") -> None:
        self.devices.append(device)

    def prepare(self, source: np.ndarray) -> np.ndarray:
        return source

    def drive(self, prepared: np.ndarray, driver: Any) -> Any:
        for frame in driver.frames:
            yield prepared // 2 + frame // 2


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return harness.write_data(tmp_path / "data")


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.engine.networks.acquire", lambda names, **_: harness.NETWORKS)


def serial() -> SerialExecutor[Tools]:
    return SerialExecutor(harness.tools)


def test_a_name_a_file_and_an_open_executor(data: Path, tmp_path: Path) -> None:
    protocol = harness.tiny_protocol()
    results = benchmark.evaluate(["copy-source", "copy-driver"], protocol, data=data, limit=2, executor=serial())
    assert [method.name for method in results.methods] == ["copy-source", "copy-driver"]
    assert len(results.protocol.case_ids) == 2
    kept = benchmark.evaluate("copy-source", protocol, data=data, limit=2, executor=serial(), out=tmp_path / "out")
    assert benchmark.Results.load(tmp_path / "out" / "results.json") == kept
    assert kept.aggregate("copy-source", "csim[dlib]") == results.aggregate("copy-source", "csim[dlib]")


def test_results_that_would_be_lost_are_no_matter_to_who_writes_others(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ceilings and judgements lie beside a run's results; what would replace those is refused, and asks no network."""
    (tmp_path / "results.json").write_text("{}")
    given = {"data": data, "limit": 1, "out": tmp_path}
    more = {"overwrite": "missing", "compute": Compute(), "command": "test"}
    assert len(plan_evaluation((), harness.tiny_protocol(), **given, **more).cases) == 1  # type: ignore[arg-type]
    monkeypatch.setattr("benchmark.engine.networks.acquire", lambda *asked, **named: pytest.fail("asked for networks"))
    with pytest.raises(BenchmarkError, match="expected to add to the results in"):
        benchmark.evaluate("copy-source", harness.tiny_protocol(), executor=serial(), **given)  # type: ignore[arg-type]


def test_an_object_is_used_as_it_is_on_the_device_that_was_asked(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.features.models.ModelCache", lambda compute: harness.models(compute))
    mine = Grey()
    results = benchmark.evaluate(mine, harness.tiny_protocol(), data=data, limit=1)
    assert mine.devices == ["cpu"]
    csim = results.aggregate("grey", "csim[dlib]")
    assert csim is not None and csim.cases_scored == 1
    with pytest.raises(BenchmarkError, match="expected executor='serial' with the object grey"):
        benchmark.evaluate(mine, harness.tiny_protocol(), data=data, executor="processes")


@pytest.mark.parametrize(
    ("method", "protocol", "message"),
    [("copy-sauce", "feed-cross", "did you mean 'copy-source'"), ("copy-source", "feed-croos", "feed-cross")],
)
def test_what_is_wrong_is_named(data: Path, method: str, protocol: str, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        benchmark.evaluate(method, protocol, data=data, executor=serial())


def test_results_as_tables(data: Path, tmp_path: Path) -> None:
    results = benchmark.evaluate("copy-source", harness.tiny_protocol(), data=data, limit=2, executor=serial())
    for table, count in (("rows", len(results.rows)), ("aggregates", len(results.aggregates))):
        results.to_parquet(tmp_path / "t.parquet", table)  # type: ignore[arg-type]
        assert pyarrow.parquet.read_table(tmp_path / "t.parquet").num_rows == count
    pandas = pytest.importorskip("pandas")
    frame = results.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["value"].dropna().tolist() == [row.value for row in results.rows if row.value is not None]
    with pytest.raises(ResultsError, match="expected a table among rows, aggregates"):
        results.to_pandas("cases")  # type: ignore[arg-type]


def test_the_package_imports_in_an_instant() -> None:
    """Under 50 ms of CPU over plain Python."""

    def cpu_s(code: str) -> float:
        before = os.times()
        subprocess.run([sys.executable, "-c", code], check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    plain = min(cpu_s("pass") for _ in range(3))
    ours = min(cpu_s("import benchmark") for _ in range(3))
    assert ours - plain < 0.05


class Nameless(Grey):
    name = None  # type: ignore[assignment]


def test_an_object_without_a_name_has_its_class_s(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.features.models.ModelCache", lambda compute: harness.models(compute))
    results = benchmark.evaluate(Nameless(), harness.tiny_protocol(), data=data, limit=1)
    assert [method.name for method in results.methods] == ["Nameless"]


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ([Grey], r"construct it: Grey\(\)"),
        ([3], "expected a baselines.Method or its name but got int"),
        ([Grey(), Grey()], "two objects have one"),
    ],
)
def test_objects_that_cannot_be_told_apart_or_are_no_methods(data: Path, methods: Any, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        benchmark.evaluate(methods, harness.tiny_protocol(), data=data)
