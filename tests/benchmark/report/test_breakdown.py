"""A run's numbers by who drives, who is driven and what is done; and in the layout of papers."""

from __future__ import annotations

import csv
import io
import json
import math
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from benchmark.cli import main
from benchmark.metrics.eyes import LEGEND, MARK
from benchmark.report.breakdown import BY, By, breakdown_grids, score_grid, task_of
from benchmark.report.grid import Cell
from benchmark.report.single_cases import case_table
from benchmark.report.table import build_table, format_value, not_computed_lines
from benchmark.results.schema import CaseRow, Results, summarise
from tests.benchmark import harness

METRICS = ("csim[dlib]", "id_l2[dlib]", "fd[dlib]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    data = harness.write_data(tmp_path_factory.mktemp("data"))
    protocol = harness.tiny_protocol().model_copy(update={"metrics": METRICS})
    harness.run_plan(harness.make_plan(data, out, protocol=protocol, methods=("copy-source", "copy-driver")))
    return out


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return Results.load(folder / "results.json")


@pytest.mark.parametrize(
    ("case_id", "cluster", "task"),
    [
        ("S08-FF_NR_C--S99", "S08", "asymmetric"),
        ("ID_3-MAU_strong_C--grace_hopper", "ID_3", "basic"),
        ("S08-rotations_C", "S08", "rotations"),
        ("holiday", "holiday", "other"),
    ],
)
def test_the_task_is_that_of_the_drivers_clip(case_id: str, cluster: str, task: str) -> None:
    row = CaseRow(
        method="m",
        case_id=case_id,
        cluster=cluster,
        source_cluster="x",
        metric="csim[dlib]",
        value=1.0,
        frames_expected=1,
        frames_scored=1,
    )
    assert task_of(row) == task


@pytest.mark.parametrize(("by", "groups"), [("driver", {"ID_1", "ID_2", "ID_3"}), ("task", {"basic", "rotations"})])
def test_groups_are_means_of_their_cases_with_coverage(results: Results, by: str, groups: set[str]) -> None:
    assert by in ("driver", "task")
    grids = breakdown_grids(results, "driver" if by == "driver" else "task", METRICS, ["copy-source", "copy-driver"])
    assert len(grids) == 2  # a set has no value for a group
    grid = grids[1]
    assert {row[0] for row in grid.rows} == groups | {"all"}
    for name, _, cell in grid.rows:
        rows = [
            row
            for row in results.case_rows("copy-driver", "id_l2[dlib]")
            if name in ("all", row.cluster if by == "driver" else task_of(row))
        ]
        assert isinstance(cell, Cell)
        assert cell.text == format_value(summarise(rows)[0])
        assert cell.small.endswith(f"{len(rows)}/{len(rows)}")


def test_formats_of_show_results_agree(folder: Path, results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    expected = results.aggregate("copy-driver", "id_l2[dlib]")
    assert expected is not None
    for form in ("text", "md", "latex", "csv", "json"):
        assert main(["show-results", str(folder), "--format", form, "--metrics", "id_l2[dlib]"]) == 0
        out = capsys.readouterr().out
        if form == "json":
            (one,) = [one for one in json.loads(out) if one["method"] == "copy-driver"]
            assert one["value"] == expected.value and one["cases_scored"] == 5
        else:
            assert format_value(expected.value) in out and "5/5" in out
        if form == "csv":
            assert next(csv.reader(io.StringIO(out))) == ["metric", "copy-source", "copy-driver"]


def test_json_by_source(folder: Path, results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show-results", str(folder), "--by", "source", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    sources = {row.source_cluster for row in results.rows}
    assert {one["source"] for one in found} == sources and "photo:grace_hopper" in sources
    assert sum(one["cases_expected"] for one in found if one["method"] == "copy-source") == 2 * 5


def test_a_sign_beside_a_value_is_explained_below(results: Results) -> None:
    metrics, names = ["csim[dlib]"], [one.name for one in results.methods]
    reads = [one.model_copy(update={"reads_with": ["dlib-face-resnet"]}) for one in results.methods]
    grid = score_grid(results.model_copy(update={"methods": reads}), metrics, names)
    assert isinstance(grid.rows[0][1], Cell) and grid.rows[0][1].text.endswith(MARK)
    assert grid.notes == (LEGEND,) and not score_grid(results, metrics, names).notes


@pytest.mark.parametrize("by", [one for one in BY if one != "language"])
def test_values_of_groups_have_the_signs_of_whole_tables(results: Results, by: By) -> None:
    names = [one.name for one in results.methods]
    reads = [
        one.model_copy(update={"reads_with": ["dlib-face-resnet"] if one.name == "copy-driver" else []})
        for one in results.methods
    ]
    marked = results.model_copy(update={"methods": reads})
    first, last = breakdown_grids(marked, by, ["csim[dlib]", "id_l2[dlib]"], names)
    for grid in (first, last):
        for row in grid.rows:
            cells = dict(zip(names, row[1:], strict=True))
            assert [name for name, cell in cells.items() if isinstance(cell, Cell) and cell.text.endswith(MARK)] == [
                "copy-driver"
            ]
            assert all(isinstance(cell, Cell) and math.isfinite(float(cell.sort)) for cell in cells.values())
    assert last.notes == (LEGEND,) and first.notes == (), "said once"
    assert not any(grid.notes for grid in breakdown_grids(results, by, METRICS, names))
    (line, *_) = [one for one in case_table(marked, names, "copy-driver").lines if one.method == "copy-driver"]
    assert line.numbers[0][0].endswith(MARK) and not line.numbers[0][1].endswith(MARK)


def test_the_title_of_the_table_counts_and_names_the_data_as_they_are(results: Results) -> None:
    data = results.data.model_copy(update={"name": "ref[bold]"})
    protocol = results.protocol.model_copy(update={"case_ids": results.protocol.case_ids[:1], "limit": 1})
    table = build_table(
        results.model_copy(update={"data": data, "protocol": protocol}), ["copy-source", "copy-driver"], ours=""
    )
    buffer = io.StringIO()
    Console(file=buffer, width=200).print(table)
    assert "on ref[bold]: 1 case, only the first 1" in " ".join(buffer.getvalue().split())


def test_a_part_of_the_table_whose_methods_lack_a_metric_has_its_row(results: Results) -> None:
    fewer = [one for one in results.aggregates if (one.method, one.metric) != ("copy-driver", METRICS[0])]
    table = build_table(results.model_copy(update={"aggregates": fewer}), ["copy-driver"], ours="")
    buffer = io.StringIO()
    Console(file=buffer, width=200).print(table)
    assert "csim ↑" in buffer.getvalue()


def test_wrong_metric_and_nothing_to_group(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show-results", str(folder), "--metrics", "csim[dlip]"]) == 2
    assert "did you mean 'csim[dlib]'" in capsys.readouterr().err
    assert main(["show-results", str(folder), "--metrics", "fd[dlib]", "--by", "task"]) == 2
    assert "expected metrics of single cases" in capsys.readouterr().err
    assert main(["show-results", str(folder), "--metrics", "csim[dlib],fd[dlib]", "--by", "task"]) == 2
    assert "fd[dlib] is of the whole set" in capsys.readouterr().err, "expected no metric to be left out in silence"


def test_one_reason_of_several_methods_and_metrics_is_one_line(results: Results) -> None:
    def without(names: set[str]) -> list[str]:
        lacking = {"value": None, "extra": {"reason": "nobody winks"}}
        made = [
            one.model_copy(update=lacking) if one.method in names and one.metric != "fd[dlib]" else one
            for one in results.aggregates
        ]
        return not_computed_lines(results.model_copy(update={"aggregates": made}))

    assert without({"copy-source"}) == ["csim[dlib], id_l2[dlib] of copy-source without a value: nobody winks"]
    assert without({"copy-source", "copy-driver"}) == ["csim[dlib], id_l2[dlib] without a value: nobody winks"]


@pytest.mark.parametrize("text", ["", ",", " , "])
@pytest.mark.parametrize(
    ("command", "option", "more"),
    [
        ("show-results", "--metrics", ()),
        ("report", "--metrics", ()),
        ("report", "--metrics", ("--format", "md")),
        ("diff", "--metrics", ("{other}",)),
        ("diff", "--methods", ("{other}",)),
        ("sheet", "--cases", ()),
        ("sheet", "--methods", ()),
    ],
)
def test_an_empty_list_is_refused(
    text: str,
    command: str,
    option: str,
    more: tuple[str, ...],
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a shell makes of "$UNSET" does not mean everything."""
    places = [str(folder / "a.png"), str(folder)] if command == "sheet" else [str(folder)]
    other = shutil.copy(folder / "results.json", tmp_path / "other.json")
    given = [one.format(other=other) for one in more]
    assert main([command, *places, *given, option, text]) == 2
    err = capsys.readouterr().err
    assert err == f"error: expected {option[2:]} separated by commas but got none in {text!r}\n"


def test_every_table_names_its_metric(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """csim[dlib] and csim[arcface] are two metrics: what stands in brackets is no markup."""
    assert main(["show-results", str(folder), "--by", "task"]) == 0
    said = capsys.readouterr().out
    assert "csim[dlib] ↑ by task" in said and "id_l2[dlib] ↓ by task" in said


def test_tables_for_papers(folder: Path, results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    """A row a method, a column a metric, coverage beside each score; nobody wins where the protocol cannot tell."""
    assert main(["report", str(folder), "--format", "latex"]) == 0
    out = capsys.readouterr().out
    lines = [line.strip() for line in out.splitlines() if " & " in line]
    assert lines[0].startswith("method & csim[dlib] $\\uparrow$ & id\\_l2[dlib] $\\downarrow$ & fd[dlib]")
    assert [line.partition(" & ")[0] for line in lines[1:]] == ["copy-source", "copy-driver"]
    assert all(line.count("5/5") == 3 for line in lines[1:])
    assert "textbf" not in out and "too few drivers or sources" in out
    assert main(["report", str(folder), "--format", "md", "--metrics", "fd[dlib]"]) == 0
    assert "| method | fd\\[dlib\\] ↓ |" in capsys.readouterr().out
    assert main(["report", str(folder), "--metrics", "fd[dlib]"]) == 2
    assert "expected --metrics beside --format md or latex" in capsys.readouterr().err
