"""Staged inputs: those of the plan, whatever lay in the folder."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from baselines.interface.errors import BatchError
from baselines.outside.batch import Batch
from baselines.templates import write_method
from benchmark.engine.batch import check_staged, stage
from benchmark.engine.plan import Plan
from benchmark.results.schema import Results
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.jobs.progress import Progress
from feed_dataset.core.media.images import read_image
from tests.benchmark import harness


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


def staged(data: Path, out: Path, crops: Path, **changes: int) -> tuple[Plan, Batch]:
    protocol = harness.tiny_protocol().model_copy(update=changes)
    plan = harness.make_plan(data, crops, protocol=protocol, methods=(), limit=1)
    with Progress(Console(file=io.StringIO()), quiet=True) as progress:
        return plan, stage(plan, out, SerialExecutor(harness.tools), progress)[0]


def test_frames_beside_a_video_are_the_videos(data: Path, tmp_path: Path) -> None:
    """Staged twice into one folder, at another size and with fewer frames: none of the first remain."""
    staged(data, tmp_path / "out", tmp_path / "crops")
    _, batch = staged(data, tmp_path / "out", tmp_path / "crops", size_px=48, frames_per_case=3)
    (case,) = batch.cases
    assert case.driver is not None
    frames = sorted((batch.folder / case.driver).with_suffix("").iterdir())
    assert len(frames) == case.frame_count == 3
    assert {read_image(frame).shape for frame in frames} == {(48, 48, 3)}
    assert np.asarray(read_image(batch.folder / case.source)).shape == (48, 48, 3)


def test_a_command_runs_once_and_its_seconds_stay_with_its_frames(data: Path, tmp_path: Path) -> None:
    tool = write_method("tool", "command", tmp_path)

    def seconds() -> float:
        plan = harness.make_plan(data, tmp_path / "out", methods=(str(tool),), limit=1)
        harness.run_plan(plan)
        (record,) = Results.load(tmp_path / "out" / "results.json").methods
        assert record.speed is not None and record.speed.process_frame_s is not None
        assert (record.speed.load_s, record.speed.frame_p50_s, record.speed.frames) == (None, None, 0)
        assert "from outside" in str(record.speed.unseen)
        return record.seconds_generate

    first = seconds()
    assert first > 0
    (done,) = (tmp_path / "out" / "predictions" / "tool").glob("made-*/done.json")
    stamp = done.stat().st_mtime_ns
    assert (seconds(), done.stat().st_mtime_ns) == (first, stamp)
    done.write_text("[]")  # damaged: made again
    assert seconds() > 0
    assert done.stat().st_mtime_ns != stamp


def test_other_cases_are_not_staged_over(data: Path, tmp_path: Path) -> None:
    plan, _ = staged(data, tmp_path / "out", tmp_path / "crops")
    check_staged(plan, tmp_path / "out")
    check_staged(plan, tmp_path / "new")
    with pytest.raises(BatchError, match=r"has 1 other cases, such as .*; name another folder with --out"):
        check_staged(replace(plan, cases=()), tmp_path / "out")
    (tmp_path / "out" / "cases.csv").write_text("mine\n")
    with pytest.raises(BatchError, match=r"cases\.csv cannot be read"):
        check_staged(plan, tmp_path / "out")
