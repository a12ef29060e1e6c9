"""`study` on the command line, from a run to a joined results file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.results.schema import Results
from leaderboard.cli import main
from leaderboard.errors import SubmissionError
from leaderboard.store import Store
from leaderboard.study.answers import save_answers
from leaderboard.study.document import Study
from leaderboard.study.store import StudyStore, pseudonym
from tests.leaderboard.study.run_made import write_run
from tests.leaderboard.study.votes_made import answered

STRENGTHS = {"first": 1.5, "second": 0.0, "third": -1.5}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run"), frames=1)


@pytest.fixture(scope="module")
def folder(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("studies") / "study"
    assert main(["study", "build", "--runs", str(run), "--out", str(out), "--raters", "24", "--seed", "1"]) == 0
    return out


@pytest.fixture(scope="module")
def answers(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("answers") / "answers.parquet"
    save_answers(path, answered(Study.load(folder), wrong=1, strengths=STRENGTHS))
    return path


def test_a_study_is_added_answered_and_exported(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = ["--db", str(tmp_path / "board.sqlite3")]
    assert main(["study", "add", str(folder), *database]) == 0
    assert "/study/" + Study.load(folder).digest[:16] in capsys.readouterr().out
    studies = StudyStore(Store(tmp_path / "board.sqlite3"))
    study_id = studies.ids()[0][0]
    rater = pseudonym(studies.start(study_id))
    one = answered(Study.load(folder), strengths=STRENGTHS)[0].model_copy(update={"rater": rater})
    studies.answer(study_id, one)
    assert main(["study", "list", *database]) == 0
    assert "1 raters, 1 answers" in capsys.readouterr().out
    out = tmp_path / "answers.csv"
    assert main(["study", "export", "--out", str(out), *database]) == 0
    assert rater in out.read_text() and "1 answers" in capsys.readouterr().out


def test_score_prints_what_json_has(
    folder: Path, answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tmp_path / "score.json"
    assert main(["study", "score", str(folder), "--answers", str(answers), "--json", str(found)]) == 0
    printed = capsys.readouterr().out
    content = json.loads(found.read_text())
    for kind in content["kinds"]:
        for method in kind["methods"]:
            percent = method["percent"]
            assert f"{percent['value']:.1f} [{percent['low']:.1f}, {percent['high']:.1f}]" in printed
    assert "tiers: first > " in printed and "Krippendorff's alpha" in printed
    assert "3 of 3 attention checks answered wrong" in printed
    assert "attention check wrong-driver: 23 of 24 right" in printed


def test_join_writes_another_file(run: Path, folder: Path, answers: Path, tmp_path: Path) -> None:
    out = tmp_path / "joined.json"
    command = ["study", "join", str(run / "results.json"), "--study", str(folder), "--answers", str(answers)]
    assert main([*command, "--out", str(out)]) == 0
    assert [one.kind for one in Results.load(out).studies or []] == ["umtn", "uapp"]
    assert Results.load(run / "results.json").studies is None


def test_simulate_says_how_many_raters(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--methods", "2", "--effect", "2", "--taste-sd", "0.5", "--trials", "20", "--cases", "8"]
    assert main(["study", "simulate", *few]) == 0
    printed = capsys.readouterr().out
    assert "raters with 12 questions each" in printed and "if votes were independent" in printed
    assert main(["study", "simulate", *few, "--most-raters", "3"]) == 0
    assert "not enough" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "nowhere", "--answers", "none.csv"], "expected a study"),
        (["build", "--runs", "nowhere", "--out", "x"], "expected the folder of a run"),
        (["build", "--runs", "x", "--out", "x", "--raters", "0"], "whole number from 1"),
        (["build", "--runs", "x", "--out", "x", "--title", ""], "a title of 1 to 200 characters"),
        (["simulate", "--methods", "1"], "at least two methods"),
        (["simulate", "--power", "1.5"], "between 0 and 1"),
        (["export", "--out", "x.txt", "--db", "none.sqlite3"], "no such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["study", *arguments])
    except SystemExit as ended:  # of the parser
        code = int(ended.code or 0)
    assert code == 2
    assert said in capsys.readouterr().err


def test_answers_of_another_study_are_refused(
    run: Path, answers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    assert main(["study", "build", "--runs", str(run), "--out", str(other), "--seed", "2"]) == 0
    assert main(["study", "score", str(other), "--answers", str(answers)]) == 2
    assert "of study" in capsys.readouterr().err


def test_which_study_is_meant() -> None:
    from leaderboard.study.store import chosen

    one, two = ("1a", "First", 0, 0), ("2b", "Second", 0, 0)
    assert chosen([one], None) == "1a" and chosen([one, two], "2b") == "2b"
    for there, named, expected in (
        ([], None, "has none; take one in with study add"),
        ([], "1a", "has none; take one in with study add"),
        ([one, two], None, "got none: 1a, 2b"),
        ([one], "3c", "among 1a but got 3c"),
    ):
        with pytest.raises(SubmissionError, match=expected):
            chosen(there, named)
