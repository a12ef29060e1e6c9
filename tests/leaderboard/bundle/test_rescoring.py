"""Numbers that were made again are compared one by one."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmark.results.joining import joined, of_methods, renamed
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


@dataclass
class Benchmark:
    """What stands in for `python -m benchmark run`: it leaves results of the method that it was asked for.

    Beside them stand rows that a run adds by itself, under the name that the method has in the bundle.
    """

    made: Results
    beside: Results
    commands: list[list[str]] = field(default_factory=list)

    def run(self, command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        out = Path(command[command.index("--out") + 1])
        out.mkdir(parents=True)
        method = command[command.index("--method") + 1].rpartition("=")[2]
        parts = [renamed(self.made, {"mine": method}), *([self.beside] if method != "mine" else [])]
        joined(parts).save(out / "results.json")
        return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture
def benchmark_run(results: Results, monkeypatch: pytest.MonkeyPatch) -> Benchmark:
    alone = of_methods(results, {"mine"})
    found = Benchmark(alone, alone)
    monkeypatch.setattr(subprocess, "run", found.run)
    return found


def test_frames_are_scored_under_a_name_of_their_own(
    results: Results, benchmark_run: Benchmark, tmp_path: Path
) -> None:
    again = rescored(results, {"mine": tmp_path}, options=["--data", "x"])
    assert (again.verdict, again.differences, again.methods) == ("rescored", (), ("mine",))
    (command,) = benchmark_run.commands
    assert command[1:6] == ["-m", "benchmark", "run", "--method", f"frames:{tmp_path}=submitted-mine"]
    assert command[-6:] == ["--protocol", "feed-mini-cross", "--data", "x", "--limit", "3"]


def test_other_numbers_of_the_frames_are_no_verdict(results: Results, benchmark_run: Benchmark, tmp_path: Path) -> None:
    """Whatever stands beside them: a run adds the numbers of a method that ships, and a bundle may have its name."""
    benchmark_run.made = of_methods(with_row(results, 0.01), {"mine"})
    again = rescored(results, {"mine": tmp_path})
    assert again.verdict == "rejected" and len(again.differences) == 1


def test_a_method_that_ships_is_made_again_by_its_name(results: Results, benchmark_run: Benchmark) -> None:
    stated = results.model_copy(update={"methods": [one.model_copy(update={"version": 1}) for one in results.methods]})
    again = reproduced(stated)
    (command,) = benchmark_run.commands
    assert command[command.index("--method") + 1] == "mine"
    assert again.verdict == "rejected", "another version than what was made again"
    assert [str(one) for one in again.differences] == ["mine: expected version None but the bundle has 1"]


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
