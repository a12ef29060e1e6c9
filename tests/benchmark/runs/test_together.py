"""Which runs may stand in one table, and what the table then says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.results.comparison import holm
from benchmark.results.errors import ResultsError
from benchmark.results.rederiving import rederive
from benchmark.results.schema import Results
from benchmark.runs.opened import Run, open_runs
from benchmark.runs.together import put_together
from tests.benchmark import harness
from tests.benchmark.runs import material


def changed(run: Run, label: str, **update: object) -> Run:
    return Run(label, run.path, run.results.model_copy(update=update))


def test_runs_are_called_by_what_tells_them_apart(runs: list[Run], tmp_path: Path) -> None:
    assert [run.label for run in runs] == ["a", "b"]
    for name in ("x/day", "y/day"):
        (tmp_path / name).mkdir(parents=True)
        runs[0].results.save(tmp_path / name / "results.json")
    assert [run.label for run in open_runs([tmp_path / "x/day", tmp_path / "y/day"])] == ["x/day", "y/day"]
    with pytest.raises(ResultsError, match="twice"):
        open_runs([tmp_path / "x/day", tmp_path / "x/day/results.json"])


def test_methods_of_both_runs_stand_in_one_table_and_a_common_one_once(runs: list[Run]) -> None:
    (one,) = put_together(runs)
    assert [method.name for method in one.results.methods] == ["copy-source", "keypoint-warp", "copy-driver"]
    assert one.origins["copy-driver"] == ("b", "copy-driver")
    assert (one.apart, one.notes, one.runs) == ("", (), ("a", "b"))
    assert rederive(one.results) == []


def test_a_method_of_which_runs_disagree_is_shown_for_each(runs: list[Run]) -> None:
    rows = [
        row.model_copy(update={"value": None if row.value is None else row.value + 1}) for row in runs[1].results.rows
    ]
    (one,) = put_together([runs[0], changed(runs[1], "b", rows=rows)])
    names = [method.name for method in one.results.methods]
    assert names == ["copy-source (a)", "copy-source (b)", "keypoint-warp", "copy-driver"]
    assert one.origins["copy-source (b)"] == ("b", "copy-source")


@pytest.mark.parametrize(
    ("part", "update", "why"),
    [
        ("protocol", {"version": "9"}, "protocol feed-cross v9, not feed-cross v"),
        ("protocol", {"case_list_sha256": "e" * 64}, "list of cases and settings eeeeeeeeeeee, not"),
        ("data", {"digest": "f" * 64}, "data ffffffffffff, not"),
    ],
)
def test_other_protocols_cases_and_data_are_kept_apart(
    runs: list[Run], part: str, update: dict[str, str], why: str
) -> None:
    first, second = runs
    other = changed(second, "b", **{part: getattr(second.results, part).model_copy(update=update)})
    tables = put_together([first, other])
    assert [one.runs for one in tables] == [("a",), ("b",)]
    assert tables[0].apart == "" and tables[1].apart.startswith("b: ") and why in tables[1].apart


def test_fewer_cases_are_kept_apart(runs: list[Run], tmp_path: Path) -> None:
    data = runs[0].folder.parent / "data"
    plan = harness.make_plan(data, tmp_path, protocol=material.protocol(), methods=("copy-driver",), limit=3)
    short = Run("short", tmp_path / "results.json", harness.run_plan(plan).results)
    tables = put_together([*runs, short])
    assert tables[1].apart == "short: number of cases 3, not 7"


def test_metrics_of_another_network_are_kept_apart_and_the_others_are_not(runs: list[Run]) -> None:
    first, second = runs
    other = changed(second, "b", networks={**second.results.networks, "dlib-face-resnet": "d" * 64})
    main, apart = put_together([first, other])
    assert {one.metric for one in main.results.aggregates if one.method == "copy-driver"} == {
        "expression_transfer[mesh468]",
        "fid[pytorch-fid]",
    }
    assert {one.metric for one in apart.results.aggregates} == {"csim[dlib]", "id_l2[dlib]", "fd[dlib]"}
    assert apart.apart == "b: network dlib-face-resnet is dddddddddddd, not cccccccccccc"
    assert any("csim[dlib], id_l2[dlib], fd[dlib] of b may not be compared" in note for note in main.notes)


def test_another_precision_keeps_networks_apart_but_not_landmarks(runs: list[Run]) -> None:
    first, second = runs
    assert second.results.compute is not None
    other = changed(second, "b", compute=second.results.compute.model_copy(update={"precision": "bfloat16"}))
    main, apart = put_together([first, other])
    assert "precision is bfloat16, not float32" in apart.apart
    assert main.results.aggregate("copy-driver", "expression_transfer[mesh468]") is not None


def test_other_libraries_are_said(runs: list[Run]) -> None:
    first, second = runs
    packages = {**second.results.environment.packages, "numpy": "0.1"}
    environment = second.results.environment.model_copy(update={"packages": packages})
    (one,) = put_together([first, changed(second, "b", environment=environment)])
    assert any("different versions of numpy" in note and "0.1" in note for note in one.notes)


def test_results_of_before_sources_were_named_are_kept_apart(runs: list[Run]) -> None:
    old = Results.load(Path(__file__).parents[1] / "results" / "data" / "results-1.0.json")
    protocol = old.protocol.model_copy(update=runs[0].results.protocol.model_dump())
    tables = put_together([runs[0], replace(runs[1], results=old.model_copy(update={"protocol": protocol}))])
    assert len(tables) == 2


def test_tests_are_corrected_for_all_pairs_of_both_runs(runs: list[Run]) -> None:
    from benchmark.report.table import shown_comparisons

    (one,) = put_together(runs)
    found = shown_comparisons(one.results)
    pairs = {(d.a, d.b) for d in found.in_metric("csim[dlib]")}
    assert len(pairs) == 3  # of three methods, whichever run they are from
    tested = [d for d in found.differences if d.p_value is not None]
    assert [d.adjusted_p for d in tested] == holm([d.p_value for d in tested if d.p_value is not None])
