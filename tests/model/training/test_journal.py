from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from model.training.journal import LOG, Journal, Pace, Rows
from model.training.recipe import DATA_WAIT


def rows(path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rows_after_the_checkpoint_are_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = Rows(path, 0)
    assert log.last_step == -1
    for step in (20, 40, 60):
        log.add(step, {"total": step / 2})
    path.write_text(path.read_text() + '{"step": 80, "tot')  # as a process that was killed leaves it
    resumed = Rows(path, 50)
    assert resumed.last_step == 40
    resumed.add(60, {"total": 1.0})
    assert [row["step"] for row in rows(path)] == [20, 40, 60] and rows(path)[-1]["total"] == 1.0


def test_waiting_is_a_share_of_the_time() -> None:
    pace = Pace()
    assert pace.waited_share == 0
    pace.add(1.0, 0.1)
    pace.add(3.0, 0.3)
    assert (pace.s_per_step, pace.waited_s_per_step, pace.waited_share) == pytest.approx((2.0, 0.2, 0.1))


def test_log_of_a_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with Journal(tmp_path, 0, 25) as journal:
        for step in range(1, 26):
            journal.step(step, {"total": torch.tensor(2.0), DATA_WAIT: torch.tensor(0.25)}, 1.0)
    first, last = rows(tmp_path / LOG)
    assert (first["step"], last["step"]) == (20, 25), "every 20 steps and at the end"
    assert first["s_per_step"] == 1.0 and first[DATA_WAIT] == 0.25 and first["data_wait_share"] == 0.25
    assert first["total"] == 2.0 and last["eta_min"] == 0
    assert "step 20/25 1.00 s/step, 25% of it data wait, 0 min left: total 2" in caplog.text
