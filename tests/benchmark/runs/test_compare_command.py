"""`compare` from the command line: every format says the same, and the page needs nothing from outside."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import main
from benchmark.engine.showcase import load_showcase
from benchmark.report.comparison_page import sheets_of
from benchmark.report.differing_cases import MOST_CASES
from benchmark.report.joint_rows import joint_rows
from benchmark.report.page import script
from benchmark.report.plots import method_colours
from benchmark.report.table import format_value
from benchmark.results.schema import Results
from benchmark.runs.opened import Run
from benchmark.runs.together import put_together
from tests.benchmark.report.test_report import _Links


def compare(runs: list[Run], *arguments: str) -> int:
    return main(["compare", *(str(run.path) for run in runs), *arguments])


@pytest.fixture
def content(runs: list[Run], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert compare(runs, "--format", "json") == 0
    (table,) = json.loads(capsys.readouterr().out)
    return dict(table)


def test_json_has_every_score_with_its_coverage_and_every_test(runs: list[Run], content: dict[str, Any]) -> None:
    assert content["methods"] == ["copy-source", "keypoint-warp", "copy-driver"]
    identity = next(one for one in content["metrics"] if one["metric"] == "id_l2[dlib]")
    expected = runs[1].results.aggregate("copy-driver", "id_l2[dlib]")
    assert expected is not None
    score = identity["scores"]["copy-driver"]
    assert (score["value"], score["cases_scored"], score["cases_expected"]) == (expected.value, 7, 7)
    assert identity["tiers"][-1] == ["copy-driver"]  # another person: the worst, and really so
    assert len(identity["differences"]) == 3
    assert content["comparisons"] == sum(d["p_value"] is not None for m in content["metrics"] for d in m["differences"])
    far = next(d for d in identity["differences"] if {d["a"], d["b"]} == {"copy-source", "copy-driver"})
    assert far["is_real"] and far["adjusted_p"] > far["p_value"]
    assert far["detectable_corrected"] > far["detectable_alone"] > 0


@pytest.mark.parametrize("form", ["text", "md", "latex"])
def test_every_format_has_scores_coverage_tests_and_power(
    runs: list[Run], content: dict[str, Any], form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(runs, "--format", form) == 0
    out = capsys.readouterr().out
    for metric in content["metrics"]:
        for score in metric["scores"].values():
            assert format_value(score["value"]) in out
    assert "7/7" in out and "Power" in out and "Paired tests" in out
    assert "Holm-corrected for the" in " ".join(out.split())


def test_tests_are_shown_of_the_method_that_is_asked_for(runs: list[Run], capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(runs, "--format", "md", "--against", "copy-driver") == 0
    tests = capsys.readouterr().out.partition("Paired tests")[2].partition("Power")[0]
    assert {line.split(" | ")[1] for line in tests.splitlines() if "dlib" in line} == {"copy-driver"}
    assert compare(runs, "--against", "copy-drivr") == 2
    assert "did you mean 'copy-driver'" in capsys.readouterr().err


def test_the_page_is_whole_and_shows_faces_of_both_runs(runs: list[Run], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert compare(runs, "--html", str(page)) == 0
    text = page.read_text(encoding="utf-8")
    parser = _Links()
    parser.feed(text)
    parser.close()
    assert parser.open == [] and parser.links
    assert all(link.startswith(("data:image/", "data:video/mp4;", "#")) for link in parser.links)
    assert not re.search(r"url\((?!#)|@import", text)
    assert "Machines may differ from run to run" in text and text.count("<th>cold start</th>") == 1
    assert text.count("<script>") == 1 and script()[1] in html.unescape(text)
    for run in runs:
        assert run.results.protocol.case_list_sha256 in text
    (one,) = put_together(runs)
    found = joint_rows(one, runs, method_colours(list(one.origins)), "copy-source")
    assert found.pairs == (("copy-source", "copy-driver"),) and found.left_out == 0
    assert 0 < len(found.rows) <= MOST_CASES
    assert all(row.video is not None and row.video in text for row in found.rows)
    for row in found.rows:
        moving = {tile.label for tile in row.tiles if tile.place is not None}
        assert moving == {"driver", "copy-source", "keypoint-warp", "copy-driver"}, "outputs of both runs"
        assert row.tiles[0].still is not None
    sheets = sheets_of(one, runs)
    assert len(sheets) == 7
    strips = {strip.label: strip.image for strip in sheets[0].strips}
    assert list(strips) == ["driver", "copy-source", "keypoint-warp", "copy-driver"]
    assert {strip.frames for strip in sheets[0].strips} == {4}
    assert strips["copy-driver"] == strips["driver"] is not None  # from the second run's folder
    assert all(image is None or image in text for image in strips.values())


def spread_out(results: Results) -> Results:
    """Another identity in each case: copy-driver falls behind from case to case, and leads in the first one."""
    places = {case_id: place for place, case_id in enumerate(results.protocol.case_ids)}
    values = {"copy-source": lambda place: 0.9, "copy-driver": lambda place: 0.95 - 0.1 * place}
    rows = [
        row.model_copy(update={"value": values[row.method](places[row.case_id])})
        if row.metric == "csim[dlib]" and row.method in values
        else row
        for row in results.rows
    ]
    return results.model_copy(update={"rows": rows})


def test_cases_are_played_in_which_the_two_methods_differ_most(runs: list[Run]) -> None:
    """Also one that neither run's own report plays: its frames still lie there."""
    (table,) = put_together(runs)
    one = replace(table, results=spread_out(table.results))
    found = joint_rows(one, runs, method_colours(list(one.origins)), "copy-source")
    first, *_, last = one.results.protocol.case_ids
    why = {row.case.case_id: row.why for row in found.rows}
    assert why[last][0] == ("best", "CSIM dlib: copy-source 0.900, copy-driver 0.350")
    assert why[first][0] == ("worst", "CSIM dlib: copy-driver 0.950, copy-source 0.900")
    played = {case.case_id for run in runs for case in load_showcase(run.folder).cases}
    assert {first, last} - played, "expected a case that no run's own report plays"
    assert all(tile.still for row in found.rows for tile in row.tiles)


def test_a_folder_is_no_page(runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *(str(run.path) for run in runs), "--html", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "it is a folder; name a file with --html" in said.err and not said.out, "expected no work before it"


def test_where_frames_are_gone_the_page_says_so(runs: list[Run], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    runs[1].results.save(tmp_path / "b.json")
    assert main(["compare", str(runs[0].path), str(tmp_path / "b.json"), "--html", str(page)]) == 0
    assert "Nothing to play: of 7 cases that differ no frames are left" in page.read_text(encoding="utf-8")


def test_what_may_not_be_compared_says_why(runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = runs[1].results
    data = other.data.model_copy(update={"digest": "f" * 64})
    other.model_copy(update={"data": data}).save(tmp_path / "other.json")
    page = tmp_path / "page.html"
    assert main(["compare", str(runs[0].path), str(tmp_path / "other.json"), "--html", str(page)]) == 0
    why = f"other: data ffffffffffff, not {runs[0].results.data.digest[:12]}"
    assert f"not to be compared with the first table: {why}" in capsys.readouterr().out
    assert why in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("/nowhere/a.json",), "cannot read /nowhere/a.json"),
        (("TWICE", "TWICE"), "twice"),
    ],
)
def test_wrong_input_is_one_line(
    runs: list[Run], arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [str(runs[0].path) if one == "TWICE" else one for one in arguments]
    assert main(["compare", *places]) == 2
    error = capsys.readouterr().err
    assert message in error and len(error.strip().splitlines()) == 1
