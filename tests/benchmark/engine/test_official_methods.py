"""An official repository in a run: once set up its name is a method like any other."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from baselines.interface.errors import MethodUnavailable
from baselines.official.settings import load_settings, save_settings
from benchmark.engine.batch import with_commands_done
from benchmark.engine.outputs import Existing
from benchmark.engine.plan import Plan
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.jobs.progress import Progress
from tests.baselines.official.stand_in import stand_in, starts
from tests.benchmark import harness


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


def made(plan: Plan) -> Existing:
    """What the run finds of the first method once its command was run."""
    with Progress(Console(file=io.StringIO()), quiet=True) as progress:
        output = with_commands_done(plan, SerialExecutor(harness.tools), progress).methods[0].output
    assert isinstance(output, Existing)
    return output


def planned(data: Path, tmp_path: Path, **options: object) -> Plan:
    return harness.make_plan(data, tmp_path / "run", methods=("fomm",), limit=2, **options)  # type: ignore[arg-type]


def test_a_method_that_is_not_set_up_stops_the_run_before_any_work(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_CONFIG", str(tmp_path / "none"))
    with pytest.raises(MethodUnavailable, match="fomm is not set up"):
        planned(data, tmp_path)


def test_a_run_goes_on_where_it_was_and_another_setting_is_another_prediction(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = stand_in(tmp_path, monkeypatch, "fomm")
    first = made(planned(data, tmp_path))
    assert len(first.files) == 2 and starts(tmp_path) == 2
    file = next(iter(first.files.values()))
    assert isinstance(file, Path)
    file.unlink()  # as if the run had been cut off before its end
    (file.parent / "done.json").unlink()
    assert made(planned(data, tmp_path)).files == first.files
    assert starts(tmp_path) == 3  # one case alone was made again
    save_settings("fomm", load_settings(method.adapter).model_copy(update={"shims": ("seed",)}))
    other = made(planned(data, tmp_path))
    assert set(other.files.values()).isdisjoint(first.files.values())
    assert starts(tmp_path) == 5
    made(planned(data, tmp_path, overwrite="always"))
    assert starts(tmp_path) == 7


def test_other_frames_under_the_same_names_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "fomm")
    data = harness.write_data(tmp_path / "data")
    first = made(planned(data, tmp_path))
    for path in data.rglob("*.mp4"):
        harness.write_clip(path, level=90)
    assert set(made(planned(data, tmp_path)).files.values()).isdisjoint(first.files.values())
    assert starts(tmp_path) == 4


def test_failures_are_counted_with_their_reasons(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "fomm", fault="crash")
    output = made(planned(data, tmp_path))
    assert not output.files
    assert len(output.reasons) == 2
    assert all("no kernel image" in reason for reason in output.reasons.values())
