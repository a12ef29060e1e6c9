"""One file of several: what it holds, what is derived again, and every conflict by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import main
from benchmark.results.joining import of_methods
from benchmark.results.rederiving import rederive
from benchmark.results.schema import Results
from benchmark.runs.merge import MergeConflict, merged
from benchmark.runs.opened import Run
from tests.benchmark import harness
from tests.benchmark.runs import material


def edited(run: Run, change: Callable[[dict[str, Any]], Any]) -> Run:
    content = run.results.model_dump(mode="json")
    change(content)
    return Run(run.label, run.path, Results.model_validate(content))


def only_cases(run: Run, label: str, ids: list[str]) -> Run:
    """A run of some of the cases, as another machine would have made it."""
    places = [run.results.protocol.case_ids.index(one) for one in ids]

    def change(content: dict[str, Any]) -> None:
        content["protocol"]["case_ids"] = ids
        content["rows"] = [one for one in content["rows"] if one["case_id"] in ids]
        for part in (content["inputs"], *content["methods"]):
            for name in ("drivers", "sources", "outputs"):
                if name in part:
                    part[name] = [part[name][place] for place in places]

    return Run(label, run.path, edited(run, change).results)


@pytest.fixture(scope="session")
def both(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Everything in one run."""
    data = runs[0].folder.parent / "data"
    methods = ("copy-source", "keypoint-warp", "copy-driver")
    out = tmp_path_factory.mktemp("both")
    return harness.run_plan(harness.make_plan(data, out, protocol=material.protocol(), methods=methods)).results


def test_other_methods_give_the_file_of_one_run(runs: list[Run], both: Results) -> None:
    whole = merged(runs)
    assert rederive(whole) == []
    assert (whole.rows, whole.aggregates, whole.inputs) == (both.rows, both.aggregates, both.inputs)
    assert whole.protocol == both.protocol and whole.data == both.data
    assert [method.outputs for method in whole.methods] == [method.outputs for method in both.methods]
    assert whole.notes is not None and "a (7 cases), b (7 cases)" in whole.notes[-1]


def test_other_cases_of_one_method_give_the_values_of_one_run(runs: list[Run]) -> None:
    run, ids = runs[0], runs[0].results.protocol.case_ids
    whole = merged([only_cases(run, "first", ids[:3]), only_cases(run, "rest", ids[3:])])
    assert rederive(whole) == []
    for method in ("copy-source", "keypoint-warp"):
        for metric in ("csim[dlib]", "expression_transfer[mesh468]"):
            ours, theirs = whole.aggregate(method, metric), run.results.aggregate(method, metric)
            assert ours is not None and theirs is not None
            assert ours.value == pytest.approx(theirs.value, abs=1e-12)
            assert ours.ci_low == pytest.approx(theirs.ci_low, abs=1e-9)
        ours = whole.aggregate(method, "fd[dlib]")
        assert ours is not None and ours.not_computed is not None and "all cases" in ours.not_computed.needs
    seconds = {one.name: one.seconds_generate for one in run.results.methods}
    assert all(one.seconds_generate == pytest.approx(2 * seconds[one.name]) for one in whole.methods)


def test_a_part_that_the_other_contains_adds_nothing(runs: list[Run]) -> None:
    run, ids = runs[0], runs[0].results.protocol.case_ids
    whole = merged([only_cases(run, "part", ids[:3]), run])
    assert whole.rows == run.results.rows
    fd = whole.aggregate("copy-source", "fd[dlib]")
    assert fd == run.results.aggregate("copy-source", "fd[dlib]")
    assert [one.seconds_generate for one in whole.methods] == [one.seconds_generate for one in run.results.methods]


def row_of(content: dict[str, Any], metric: str = "csim[dlib]") -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in content["rows"] if one["metric"] == metric)
    return found


CONFLICTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another version": (lambda c: c["protocol"].update(version="9"), "expected runs of one protocol"),
    "another seed": (lambda c: c["protocol"].update(seed=77), "expected runs of one seed"),
    "other data": (lambda c: c["data"].update(digest="f" * 64), "expected runs of one data"),
    "another list": (lambda c: c["protocol"].update(case_list_sha256="e" * 64), "one list of cases and settings"),
    "other settings": (lambda c: c["protocol"]["settings"].update(crop="crop-3"), "expected runs of one settings"),
    "another precision": (lambda c: c["compute"].update(precision="bfloat16"), "one device and precision"),
    "another network": (lambda c: c["networks"].update({"dlib-face-resnet": "d" * 64}), "network dlib-face-resnet"),
    "another value": (lambda c: row_of(c).update(value=0.25), "csim[dlib] of copy-source in"),
    "other counts": (lambda c: row_of(c).update(frames_scored=0), "csim[dlib] of copy-source in"),
    "other weights": (lambda c: c["methods"][0].update(weights_sha256="b" * 64), "its weights is None in a and bbbbb"),
    "another version of a method": (lambda c: c["methods"][0].update(version=8), "its version is 1 in a and 8 in b"),
    "other frames": (lambda c: c["methods"][0]["outputs"].__setitem__(0, "a" * 64), "the frames of copy-source of a"),
    "other drivers": (lambda c: c["inputs"]["drivers"].__setitem__(0, "a" * 64), "the drivers of a are not those of b"),
    "another value of the set": (
        lambda c: next(a for a in c["aggregates"] if a["metric"] == "fd[dlib]").update(value=9.0),
        "fd[dlib] of copy-source: a has",
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_every_conflict_is_named(name: str, runs: list[Run]) -> None:
    change, message = CONFLICTS[name]
    with pytest.raises(MergeConflict) as error:
        merged([runs[0], edited(runs[1], change)])
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_method_that_lacks_cases_is_named(runs: list[Run]) -> None:
    ids = runs[0].results.protocol.case_ids
    with pytest.raises(MergeConflict, match=r"of copy-driver in 7 cases but no run has it in .* and 1 more"):
        alone = Run("b", runs[1].path, of_methods(runs[1].results, {"copy-driver"}))
        merged([runs[0], only_cases(alone, "b", ids[:2])])


def test_command(runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = [str(run.path) for run in runs]
    assert main(["merge", str(tmp_path / "all"), *places]) == 0
    assert "3 methods on 7 cases" in capsys.readouterr().out
    assert Results.load(tmp_path / "all" / "results.json") == merged(runs)
    assert main(["merge", str(tmp_path / "all"), *places]) == 2
    assert "exists; name another one" in capsys.readouterr().err
    assert main(["merge", str(tmp_path / "b.json"), places[0]]) == 2
    assert not (tmp_path / "b.json").exists()
