"""The same results, followed farther than when they came: with a bundle, or looked at again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.results.schema import Results
from leaderboard.errors import SubmissionError
from leaderboard.store import Store
from leaderboard.store.audit import entries as audit_entries
from leaderboard.store.prepared import prepare
from leaderboard.store.submissions import Attachments, RequestKey
from leaderboard.validate import Submission


def checked(results: Results, by: float = 0.0) -> Submission:
    moved = [
        one.model_copy(update={"value": None if one.value is None else one.value + by}) for one in results.aggregates
    ]
    return Submission(results, tuple(moved))


@pytest.fixture
def attachments(tmp_path: Path) -> Attachments:
    bundle, clip = tmp_path / "a.bundle.zip", tmp_path / "clip"
    bundle.write_bytes(b"bundle")
    clip.write_bytes(b"clip")
    return Attachments(bundle, {"clips/emoportraits/a.mp4": clip})


def test_a_bundle_that_comes_later_takes_the_place(results: Results, board: Store, attachments: Attachments) -> None:
    number = board.add(checked(results))
    prepared = prepare(checked(results, by=1e-7), verdict="recomputed", evidence={"csim[dlib]": "recomputed"})
    key = RequestKey("again", "a" * 64)
    board.follow(number, "recomputed", prepared=prepared, attachments=attachments, submitter="lab", key=key)
    stored = board.submission(number)
    path = board.bundle_path(number)
    assert stored.verdict == "recomputed" and path is not None and path.read_bytes() == b"bundle"
    assert [one.name for one in board.clips(number)] == ["clips/emoportraits/a.mp4"]
    ((_, entries),) = board.groups().items()
    first = results.aggregates[0].value
    assert first is not None and entries[0].value == first + 1e-7 and entries[0].evidence == "recomputed"
    assert board.answered("lab", key) == number, "sent again, it is answered the same"
    with board.database.reading() as connection:
        last = audit_entries(connection)[-1]
    assert (last.actor, last.action, last.subject) == ("lab", "submission.followed", f"submission {number}")
    assert json.loads(json.dumps(last.detail)) == {"before": "self-reported", "verdict": "recomputed"}


def test_frames_that_were_looked_at_raise_the_verdict_alone(
    results: Results, board: Store, attachments: Attachments
) -> None:
    number = board.add(checked(results), verdict="recomputed", attachments=attachments)
    board.follow(number, "rescored")
    assert board.submission(number).verdict == "rescored" and board.bundle_path(number) is not None
    assert len(board.clips(number)) == 1


@pytest.mark.parametrize("verdict", ["self-reported", "recomputed", "rejected", "better"])
def test_no_verdict_is_lowered(verdict: str, results: Results, board: Store) -> None:
    number = board.add(checked(results), verdict="recomputed")
    with pytest.raises(SubmissionError, match="expected a verdict beyond recomputed"):
        board.follow(number, verdict)
    assert board.submission(number).verdict == "recomputed"


def test_other_results_do_not_take_the_place(results: Results, board: Store) -> None:
    number = board.add(checked(results))
    other = results.model_copy(update={"networks": {"dlib": "c" * 64}})
    with pytest.raises(SubmissionError, match=f"expected the results of submission {number}"):
        board.follow(number, "recomputed", prepared=prepare(checked(other), verdict="recomputed"))
    with pytest.raises(SubmissionError, match="no submission|expected a submission|7"):
        board.follow(7, "recomputed")
