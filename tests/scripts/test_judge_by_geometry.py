"""Tables of the judge by geometry, and runs that it cannot use."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from scripts import judge_by_geometry
from scripts.judge_by_geometry import BEGIN, END, PAGE, agreement, table
from scripts.validation.geometry_scores import Scores

CASES: Any = {
    f"{driver}-{source}": SimpleNamespace(driver=driver, source=source) for driver in "AB" for source in "XYZ"
}


def judged(poses: list[float | None]) -> dict[str, Scores]:
    return {case: Scores(0.5, None, pose, 1.0) for case, pose in zip(CASES, poses, strict=True)}


def results(values: dict[str, list[float]]) -> Any:
    rows = {
        name: [SimpleNamespace(case_id=case, value=value) for case, value in zip(CASES, found, strict=True)]
        for name, found in values.items()
    }
    methods = [SimpleNamespace(name=name) for name in values]
    return cast(Any, SimpleNamespace(methods=methods, case_rows=lambda name, metric: rows[name]))


def test_means_with_the_number_of_scored_cases() -> None:
    lines = table({"one": judged([0.1, 0.2, 0.3, 0.4, 0.5, None]), "none": {}}, CASES, list(CASES))
    assert len(lines) == 3
    cells = [cell.strip() for cell in lines[2].strip("|").split("|")]
    assert cells[:3] == ["one", "0.500 [0.500, 0.500]", "–"]
    assert cells[3].startswith("0.300 [") and cells[3].endswith("(5 of 6)")


def test_orders_are_compared_case_by_case() -> None:
    ours = {"a": judged([0.9] * 6), "b": judged([0.5] * 5 + [None])}
    text = agreement(ours, results({"a": [0.2, 0.2, 0.2, 0.2, 0.9, 0], "b": [0.3] * 6}), "pose", "net")
    assert text.startswith("pose, 5 cases: geometry says a > b, `net` says a > b")
    assert text.endswith("of 5 pairs of methods on one case both order 1 alike.")
    assert "nothing to compare" in agreement({"a": judged([0.9] * 6)}, results({"a": [0.2] * 6}), "pose", "net")


def test_the_page_has_a_place_for_the_tables() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1


def test_a_run_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["judge_by_geometry", str(tmp_path)])
    assert judge_by_geometry.main() == 2
    assert "judge_by_geometry: " in capsys.readouterr().err


def test_intervals_need_two_sources() -> None:
    cases: Any = {"A-X": SimpleNamespace(driver="A", source="X")}
    lines = table({"one": {"A-X": Scores(0.25, None, None, 1.0)}}, cases, ["A-X"])
    assert "| 0.250 |" in lines[2]
    assert np.char.count(lines[2], "[") == 0
