"""A finished study beside the numbers of a run: only with the frames that raters saw."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.results.schema import Results
from leaderboard.errors import SubmissionError
from leaderboard.study.answers import Answer
from leaderboard.study.build import Wish, build
from leaderboard.study.document import Study
from leaderboard.study.exclusions import Rules
from leaderboard.study.joining import join
from leaderboard.study.score import score
from leaderboard.validate import read_submission
from tests.leaderboard.study.run_made import METHODS, write_run
from tests.leaderboard.study.votes_made import answered

STRENGTHS = {"first": 1.5, "second": 0.0, "third": -1.5}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run"), frames=1)


@pytest.fixture(scope="module")
def study(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return build([run], tmp_path_factory.mktemp("study") / "study", Wish("title", raters=24, questions=12))


@pytest.fixture(scope="module")
def answers(study: Study) -> list[Answer]:
    return answered(study, strengths=STRENGTHS)


def test_percentages_stand_beside_the_aggregates(
    run: Path, study: Study, answers: list[Answer], tmp_path: Path
) -> None:
    found = score(study, answers)
    out = tmp_path / "results.json"
    join(run / "results.json", study, found, out)
    results = Results.load(out)
    assert results.schema_version == "1.4" and results.studies is not None
    for record, kind in zip(results.studies, found.kinds, strict=True):
        assert record.kind == kind.kind and record.study_digest == study.digest
        assert {one.method: one.percent for one in record.rows} == {
            one.method: one.percent.value for one in kind.methods if one.percent
        }
    before = Results.load(run / "results.json")
    assert results.model_copy(update={"studies": None}) == before.model_copy(update={"schema_version": "1.4"})


def test_it_is_accepted_and_shown_as_stated(
    run: Path, study: Study, answers: list[Answer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from leaderboard.cli import main

    out = tmp_path / "results.json"
    join(run / "results.json", study, score(study, answers), out)
    assert len(read_submission(out).results.studies or []) == 2
    database = ["--db", str(tmp_path / "board.sqlite3")]
    assert main(["submit", str(out), *database]) == 0
    capsys.readouterr()
    assert main(["show", "--format", "csv", *database]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if f"umtn[{study.digest[:8]}]" in line]
    assert len(lines) == len(METHODS) and all("as stated (set level)" in line for line in lines)


def test_other_frames_than_raters_saw_are_refused(
    run: Path, study: Study, answers: list[Answer], tmp_path: Path
) -> None:
    results = Results.load(run / "results.json")
    methods = [
        one.model_copy(update={"outputs": [*(one.outputs or [])[1:], None]}) if one.name == "second" else one
        for one in results.methods
    ]
    results.model_copy(update={"methods": methods}).save(tmp_path / "results.json")
    with pytest.raises(SubmissionError, match="frames that raters saw but second"):
        join(tmp_path / "results.json", study, score(study, answers), tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_nothing_that_counts_is_not_joined(run: Path, study: Study, answers: list[Answer], tmp_path: Path) -> None:
    strict = score(study, answers, Rules(fastest_s=60))
    with pytest.raises(SubmissionError, match="answers that count"):
        join(run / "results.json", study, strict, tmp_path / "out.json")


def test_a_study_of_other_cases_is_refused_by_the_leaderboard(
    run: Path, study: Study, answers: list[Answer], tmp_path: Path
) -> None:
    out = tmp_path / "results.json"
    results = join(run / "results.json", study, score(study, answers), out)
    foreign = [one.model_copy(update={"case_list_sha256": "0" * 64}) for one in results.studies or []]
    results.model_copy(update={"studies": foreign}).save(out)
    with pytest.raises(SubmissionError, match="expected a study on the cases of feed-mini-cross"):
        read_submission(out)
