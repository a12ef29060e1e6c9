"""Numbers that were made again are compared one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.results.schema import Results
from leaderboard.bundle.rescoring import differences, methods_of, reproduced, rescored
from leaderboard.commands.rescore import _frames
from leaderboard.errors import SubmissionError
from tests.leaderboard.honest import honest


@pytest.fixture(scope="module")
def results() -> Results:
    return honest(limit=3)


def with_row(results: Results, by: float) -> Results:
    rows = list(results.rows)
    rows[0] = rows[0].model_copy(update={"value": (rows[0].value or 0.0) + by})
    return results.model_copy(update={"rows": rows})


def test_equal_numbers_give_the_verdict(results: Results) -> None:
    assert list(differences(results, results, ["mine"])) == []
    assert list(differences(results, with_row(results, 5e-4), ["mine"])) == [], "another processor"


def test_a_row_that_differs_is_named(results: Results) -> None:
    (problem,) = differences(results, with_row(results, 0.01), ["mine"])
    assert problem.place == f"mine/csim[dlib]/{results.rows[0].case_id}" and "but the bundle has" in problem.message


def test_a_set_that_differs_is_named(results: Results) -> None:
    aggregates = [
        one.model_copy(update={"value": (one.value or 0.0) * 1.2}) if one.metric == "fd[dlib]" else one
        for one in results.aggregates
    ]
    made = results.model_copy(update={"aggregates": aggregates})
    assert [one.place for one in differences(results, made, ["mine"])] == ["mine/fd[dlib]"]


def test_a_network_that_is_not_here_is_no_agreement(results: Results) -> None:
    made = results.model_copy(update={"rows": [one for one in results.rows if one.metric != "csim[dlib]"]})
    found = list(differences(results, made, ["mine"]))
    assert len(found) == 3 and all("networks are not here" in one.message for one in found)


def test_bounds_need_no_frames(results: Results) -> None:
    assert methods_of(results) == ["mine"]
    with pytest.raises(SubmissionError, match="expected frames of mine but got those of other"):
        rescored(results, {"other": Path("x")})


def test_only_methods_that_ship_are_reproduced(results: Results) -> None:
    with pytest.raises(SubmissionError, match="mine is somebody's own; rescore it"):
        reproduced(results)


def test_a_run_that_fails_says_why(results: Results, tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="did not make the numbers again: .*no-such-option"):
        rescored(results, {"mine": tmp_path}, options=["--no-such-option"])


def test_frames_are_named_where_there_are_several_methods(tmp_path: Path) -> None:
    assert _frames([str(tmp_path)], ["a"]) == {"a": tmp_path}
    assert _frames([f"a={tmp_path}", f"b={tmp_path}"], ["a", "b"]) == {"a": tmp_path, "b": tmp_path}
    with pytest.raises(SubmissionError, match=r"expected METHOD=DIR because the bundle has a, b"):
        _frames([str(tmp_path)], ["a", "b"])
    with pytest.raises(SubmissionError, match="expected a folder with the frames of a"):
        _frames([str(tmp_path / "gone")], ["a"])
