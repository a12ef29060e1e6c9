"""Speed as a user meets it: cold start and real-time factor of what was measured, and nothing of what was not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from benchmark.report.speeds import SpeedRow, speed_grid
from benchmark.results.schema import SpeedRecord


def record(**seconds: float | None) -> SpeedRecord:
    known = dict.fromkeys(("load_s", "warm_up_s", "prepare_s", "first_frame_s", "frame_p50_s", "frame_p95_s"))
    return SpeedRecord(**{**known, **seconds}, frames=6, peak_memory_bytes=3 * 10**9, peak_gpu_bytes=None)  # type: ignore[arg-type]


def test_a_method_of_this_package() -> None:
    row = SpeedRow.of(
        "a",
        record(load_s=2.0, warm_up_s=1.5, prepare_s=0.2, first_frame_s=0.1, frame_p50_s=0.03, frame_p95_s=0.05),
    )
    assert row.cold_start_s == pytest.approx(3.5)
    assert row.first_frame_s == pytest.approx(0.3)
    assert row.real_time_factor == pytest.approx(0.75)
    assert row.cells == {
        "cold start": "3.5 s",
        "first frame": "300 ms",
        "frame p50": "30 ms",
        "p95": "50 ms",
        "real time": "0.75",
        "peak memory": "3.00 GB",
        "on the GPU": "–",
    }


def test_processes_of_somebody_else_are_seen_from_outside() -> None:
    row = SpeedRow.of("a", record(start_to_frame_s=12.0, process_frame_s=0.4))
    assert (row.cold_start_s, row.real_time_factor) == (12.0, pytest.approx(10.0))
    assert (row.cells["first frame"], row.cells["frame p50"]) == ("–", "–")


def test_what_was_not_measured_has_no_number() -> None:
    row = SpeedRow.of("a", record(load_s=2.0))
    assert set(row.cells.values()) == {"–", "3.00 GB"}


def test_the_table_has_the_methods_that_were_timed() -> None:
    methods = [
        SimpleNamespace(name="a", speed=record(load_s=2.0, warm_up_s=1.0)),
        SimpleNamespace(name="b", speed=None),
    ]
    grid = speed_grid(SimpleNamespace(methods=methods))  # type: ignore[arg-type]
    assert grid is not None
    assert [row[:2] for row in grid.rows] == [("a", "3 s")] and grid.header[1] == "cold start"
    assert speed_grid(SimpleNamespace(methods=methods[1:])) is None  # type: ignore[arg-type]
