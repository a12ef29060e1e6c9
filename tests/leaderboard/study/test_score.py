"""A study's answers become what is printed: everything counted once, or left out with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.errors import SubmissionError
from leaderboard.study.answers import Answer, answers_digest, load_answers, save_answers
from leaderboard.study.exclusions import Rules
from leaderboard.study.score import StudyScore, score
from tests.leaderboard.study.votes_made import METHODS, answer_to, answered, study_of

STUDY = study_of(forms=40)


def test_every_answer_is_counted_or_left_out() -> None:
    answers = answered(STUDY, wrong=3)
    found = score(STUDY, answers)
    checks = sum(asked for _, asked in found.checks.values())
    assert found.answers == len(answers) == found.counted + checks + sum(one.answers for one in found.excluded)
    assert sum(kind.votes for kind in found.kinds) == found.counted


def test_percentages_add_up_and_the_stronger_method_leads() -> None:
    for kind in score(STUDY, answered(STUDY)).kinds:
        assert sum(one.percent.value for one in kind.methods if one.percent) == pytest.approx(100)
        assert sum(one.choice_percent.value for one in kind.methods if one.choice_percent) == pytest.approx(100)
        assert max(kind.methods, key=lambda one: one.percent.value if one.percent else 0).method == "ours"
        assert kind.tiers is not None and [name for tier in kind.tiers for name in tier] == list(METHODS)


def test_raters_who_fail_checks_are_left_out_with_the_reason() -> None:
    found = score(STUDY, answered(STUDY, wrong=2))
    assert [(one.rater[-1], one.question, one.answers) for one in found.excluded] == [("0", None, 9), ("1", None, 9)]
    assert found.excluded[0].reason == "3 of 3 attention checks answered wrong"
    assert found.checks == {"copy-source": (38, 40), "identical": (38, 40), "wrong-driver": (38, 40)}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"in_view": False}, "not in view"),
        ({"seconds": 0.1}, "sooner than 0.2 s"),
        ({"plays": 0}, "not played to their end"),
        ({"frames_dropped": 7}, "7 of 25 frames dropped"),
    ],
)
def test_answers_that_cannot_count_are_left_out_one_by_one(changes: dict[str, object], reason: str) -> None:
    answers = answered(STUDY)
    answers[0] = answers[0].model_copy(update=changes)
    (one,) = score(STUDY, answers).excluded
    assert (one.rater, one.question) == (answers[0].rater, answers[0].question) and reason in one.reason


def test_rules_are_part_of_the_score() -> None:
    lenient = Rules(failed_checks=4)
    found = score(STUDY, answered(STUDY, wrong=2), lenient)
    assert found.excluded == [] and found.rules == lenient


def test_no_answers_say_why_there_is_no_rank() -> None:
    found = score(STUDY, [])
    assert [kind.no_rank_because for kind in found.kinds] == [
        "no comparison connects these groups of methods: ours; theirs; baseline"
    ] * 2
    assert all(one.percent is None for kind in found.kinds for one in kind.methods)


def test_answers_of_another_study_are_refused() -> None:
    stranger = answer_to(STUDY, "0" * 32, "q0").model_copy(update={"study": "f" * 64})
    with pytest.raises(SubmissionError, match="of study ffffffffffff"):
        score(STUDY, [stranger])
    with pytest.raises(SubmissionError, match="got q99999"):
        score(STUDY, [answer_to(STUDY, "0" * 32, "q99999")])


def test_a_score_reads_back() -> None:
    found = score(STUDY, answered(STUDY))
    assert StudyScore.model_validate_json(found.to_json()) == found


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_answers_read_back(tmp_path: Path, suffix: str) -> None:
    answers = answered(STUDY)
    path = tmp_path / f"answers{suffix}"
    save_answers(path, answers)
    found = load_answers(path)
    assert found == answers and answers_digest(found) == answers_digest(answers[::-1])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("choice", "both", "row 2 .* has choice"), ("rater", "me", "has rater"), ("seconds", "nan", "has seconds")],
)
def test_a_table_that_somebody_wrote_is_checked(tmp_path: Path, column: str, value: str, said: str) -> None:
    path = tmp_path / "answers.csv"
    save_answers(path, answered(STUDY)[:3])
    lines = path.read_text().splitlines()
    cells = lines[2].split(",")
    cells[list(Answer.model_fields).index(column)] = value
    path.write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:]]))
    with pytest.raises(SubmissionError, match=said):
        load_answers(path)


def test_an_answer_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    save_answers(path, answered(STUDY)[:2] + answered(STUDY)[:1])
    with pytest.raises(SubmissionError, match="twice"):
        load_answers(path)


@pytest.mark.parametrize("content", [b"", b"PAR1 no", b"a,b\n1,2\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    for suffix in (".csv", ".parquet"):
        path = tmp_path / f"answers{suffix}"
        path.write_bytes(content)
        with pytest.raises(SubmissionError):
            load_answers(path)
