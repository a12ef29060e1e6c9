from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.results.schema import Results
from leaderboard.cli import main
from tests.leaderboard.honest import honest

Write = Callable[[object], Path]


@pytest.fixture
def results() -> Results:
    return honest()


@pytest.fixture(autouse=True)
def _database(monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
    monkeypatch.setenv("FEED_LEADERBOARD", str(database))


def one_error_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("\n") and captured.err.count("\n") == 1
    return captured.err


def test_submit_show_get(results: Results, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["submit", str(write(results))]) == 0
    out = capsys.readouterr().out
    assert "submission 1 stored" in out
    assert f"values derived again from {len(results.rows)} rows" in out
    assert "fd[dlib]" in out
    assert main(["show", "--protocol", "feed-mini-cross", "--format", "md", "--sort", "csim[dlib]"]) == 0
    assert "copy-source" in capsys.readouterr().out
    assert main(["get", "1"]) == 0
    assert Results.model_validate_json(capsys.readouterr().out) == results


@pytest.mark.parametrize("number", ["0", "-1", str(2**31), "9" * 30])
def test_a_number_that_no_submission_has(
    number: str, results: Results, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["submit", str(write(results))]) == 0
    capsys.readouterr()
    assert main(["get", "--", number]) == 2
    assert f"has no submission {number}" in one_error_line(capsys)


def test_duplicate(results: Results, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write(results))
    assert main(["submit", path]) == 0
    capsys.readouterr()
    assert main(["submit", path]) == 2
    assert "already" in one_error_line(capsys)


def test_refused_results_are_not_stored(
    results: Results, write: Write, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(results.to_json())
    document["aggregates"][0]["value"] = 0.99
    assert main(["submit", str(write(document))]) == 2
    assert "csim[dlib]" in one_error_line(capsys)
    assert not database.exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["submit", "nowhere.json"], "cannot read nowhere.json"),
        (["show", "--protocol", "paper-table3-med"], "did you mean 'paper-table3-mead'"),
        (["show", "--sort", "csim"], "the leaderboard has none yet"),
        (["get", "1"], "cannot be used"),
        (["token", "revoke", "9" * 30], "not revoked but got 999"),
    ],
)
def test_wrong_requests(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert expected in one_error_line(capsys)


@pytest.mark.parametrize("command", [["show"], ["build-site", "site"], ["get", "1"]])
def test_a_named_leaderboard_that_is_not_there_is_not_an_empty_one(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--db", "typo.sqlite3"]) == 2
    assert "expected a leaderboard in typo.sqlite3 but there is no such file" in one_error_line(capsys)
    assert list(tmp_path.glob("*site*")) == []


def test_one_table_of_the_paper(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--protocol", "paper-table5-hdtf"]) == 0
    out = capsys.readouterr().out
    assert "PC-AVS" in out
    assert "MegaPortraits" not in out


def test_another_file(results: Results, write: Write, tmp_path: Path, database: Path) -> None:
    other = tmp_path / "other.sqlite3"
    assert main(["submit", str(write(results)), "--db", str(other)]) == 0
    assert other.exists() and not database.exists()


def test_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "leaderboard", "show", "--format", "html"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


def test_no_array_library_is_needed_to_show() -> None:
    code = (
        "import sys; from leaderboard.cli import main; main(['show', '--format', 'csv']);"
        " sys.exit(bool({'numpy', 'torch', 'cv2', 'datasets'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
