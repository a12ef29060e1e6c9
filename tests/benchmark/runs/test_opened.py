"""A results file that somebody changed by hand is said to be one, by every command that shows its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import main
from benchmark.runs.opened import Run, unchanged

Content = dict[str, Any]


def raise_a_row(content: Content) -> None:
    row = next(one for one in content["rows"] if one["value"] is not None)
    row["value"] += 0.1


def raise_a_mean(content: Content) -> None:
    score = next(one for one in content["aggregates"] if one["level"] == "case" and one["value"] is not None)
    score["value"] += 0.1


def drop_a_bad_case(content: Content) -> None:
    content["rows"].pop(0)


def repeat_a_good_case(content: Content) -> None:
    content["rows"].append(content["rows"][0])


@pytest.mark.parametrize("change", [raise_a_row, raise_a_mean, drop_a_bad_case, repeat_a_good_case])
def test_a_changed_file_is_shown_by_no_command(
    change: Callable[[Content], None], runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(runs[0].path.read_text(encoding="utf-8"))
    change(content)
    file = tmp_path / "results.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    before = file.read_bytes()
    for command in (["show-results", str(file)], ["report", str(file)], ["compare", str(file), str(runs[1].path)]):
        assert main(command) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"error: expected results as a run wrote them but {file} was changed afterwards: ")
        assert line.endswith("the run's own command writes them anew")
    assert file.read_bytes() == before and list(tmp_path.iterdir()) == [file], "and nothing is lost"


def test_what_a_run_wrote_is_shown(runs: list[Run]) -> None:
    assert unchanged(runs) == runs
