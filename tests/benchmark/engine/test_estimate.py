"""What a run will take, before it: never less disk than it takes, and nothing invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.engine.estimate import estimate, estimate_lines, method_line
from tests.benchmark import harness

COSTS = {"dlib": 12.0, "mesh468": 8.0}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return harness.write_data(tmp_path_factory.mktemp("data"))


def test_disk_is_an_upper_bound_and_time_comes_from_measurements(data: Path, tmp_path: Path) -> None:
    metrics = ("csim[dlib]", "id_l2[dlib]", "expression_transfer[mesh468]", "fd[dlib]", "fid[pytorch-fid]")
    protocol = harness.tiny_protocol().model_copy(update={"metrics": metrics})  # 5 cases of up to 5 frames of 64 px
    plan = harness.make_plan(data, tmp_path / "run", protocol=protocol, methods=("copy-source", "copy-driver"))
    before = estimate(plan, COSTS)
    assert before.frames == {"copy-source": 25, "copy-driver": 25}
    assert before.outputs_bytes == 50 * 64 * 64 * 3
    drivers = len({case.driver for case in plan.cases})
    sources = len({case.source for case in plan.cases})
    assert before.inputs_bytes == (5 * drivers + sources) * 64 * 64 * 3
    assert before.generate_s == {"copy-source": None, "copy-driver": None}
    # three metrics read dlib of every second frame, and all of them the landmarks; two methods and the drivers
    assert before.score_s == pytest.approx((12.0 / 2 + 8.0) * (50 + 5 * drivers) / 1000)
    assert before.unmeasured == ()  # fid is not computed here
    assert estimate(plan, {"mesh468": 8.0}).unmeasured == ("dlib",)
    lines = estimate_lines(before, workers=2, machine="a core")
    assert any("copy-source: not known before its first run" in line for line in lines)

    harness.run_plan(plan)
    taken = sum(path.stat().st_size for path in plan.predictions.rglob("*.mkv"))
    overhead = 2 * 5 * 4096  # of a container around tiny frames
    assert taken <= before.outputs_bytes + overhead
    after = estimate(plan, COSTS)
    assert after.frames == {"copy-source": 0, "copy-driver": 0} and after.outputs_bytes == 0

    others = protocol.model_copy(update={"size_px": 48})
    again = estimate(harness.make_plan(data, tmp_path / "other", protocol=others, methods=("copy-source",)), COSTS)
    assert again.generate_s == {"copy-source": None}


def test_a_method_that_was_run_here_has_its_measured_time(data: Path, tmp_path: Path) -> None:
    protocol = harness.tiny_protocol().model_copy(update={"metrics": ("csim[dlib]",)})
    plan = harness.make_plan(data, tmp_path, protocol=protocol, methods=("copy-source",))
    seconds = harness.run_plan(plan).results.methods[0].seconds_generate
    for path in (plan.predictions / "copy-source").iterdir():
        if path.name.startswith("ID_1"):
            path.unlink()
    found = estimate(plan, COSTS)
    assert 0 < found.frames["copy-source"] < 25
    expected = seconds * found.frames["copy-source"] / 25 if seconds else None  # rounded to milliseconds
    assert found.generate_s["copy-source"] == pytest.approx(expected)


def test_finished_frames_and_references_are_not_to_be_generated(data: Path, tmp_path: Path) -> None:
    cases = harness.make_plan(data, tmp_path, protocol=harness.tiny_protocol("self"), limit=3).cases
    (tmp_path / "g").mkdir()
    for case in cases[:2]:
        harness.write_clip(tmp_path / "g" / f"{case.id}.mp4", 40, side_px=64)
    methods = ("copy-source", f"frames:{tmp_path / 'g'}")
    plan = harness.make_plan(data, tmp_path / "out", protocol=harness.tiny_protocol("self"), methods=methods, limit=3)
    assert [method_line(plan, method) for method in plan.methods] == [
        "method copy-source: 3 to generate, 0 here (checked when run)",
        "method g: finished frames of 2 cases, nothing to generate; 1 without any will count as failed",
        "row reference: the references themselves, nothing to generate",
    ]
    found = estimate(plan, COSTS)
    assert found.frames == {"copy-source": 15, "g": 0} and found.generate_s["g"] == 0.0
