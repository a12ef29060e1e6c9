"""Speed as a user meets it: cold start and real-time factor of what was measured, and nothing of what was not."""

from __future__ import annotations

import pytest

from benchmark.report.speeds import SpeedRow
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
    }


def test_processes_of_somebody_else_are_seen_from_outside() -> None:
    row = SpeedRow.of("a", record(start_to_frame_s=12.0, process_frame_s=0.4))
    assert (row.cold_start_s, row.real_time_factor) == (12.0, pytest.approx(10.0))
    assert (row.cells["first frame"], row.cells["frame p50"]) == ("–", "–")


def test_what_was_not_measured_has_no_number() -> None:
    row = SpeedRow.of("a", record(load_s=2.0))
    assert set(row.cells.values()) == {"–", "3.00 GB"}
