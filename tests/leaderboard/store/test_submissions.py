from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.results.schema import Results
from leaderboard.errors import AlreadyStored, KeyReused, StoreUnavailable, SubmissionError
from leaderboard.store import Store
from leaderboard.store.submissions import Attachments, RequestKey
from leaderboard.tables import measured_tables
from leaderboard.tiers import with_tiers
from leaderboard.validate import Submission
from tests.leaderboard.honest import honest

ROOT = Path(__file__).resolve().parents[3]
Make = Callable[..., Results]


def checked(results: Results) -> Submission:
    return Submission(results, tuple(results.aggregates))


def test_everything_comes_back(results: Results, board: Store) -> None:
    number = board.add(checked(results))
    ((group, entries),) = board.groups().items()
    assert group.protocol == "bench"
    assert group.n_cases == 4
    assert group.synthetic is True
    assert [(e.method, e.metric, e.value) for e in entries] == [
        (a.method, a.metric, a.value) for a in results.aggregates
    ]
    assert [e.higher_is_better for e in entries[:2]] == [True, False]
    assert entries[3].needs == "inception"
    assert Results.model_validate_json(board.document(number)) == results


def test_same_results_are_refused_even_from_another_day(results: Results, board: Store) -> None:
    board.add(checked(results))
    again = results.model_copy(update={"created_at": "2027-01-01T00:00:00+00:00", "timings_s": {"generate": 9.0}})
    with pytest.raises(SubmissionError, match="already in .*submission 1"):
        board.add(checked(again))
    assert len(board.groups()) == 1


def test_only_equal_inputs_share_a_group(make: Make, board: Store) -> None:
    first, second = make(seed=1), make(seed=2)
    fewer = make(seed=3, limit=4)
    other_data = second.model_copy(update={"data": second.data.model_copy(update={"digest": "0" * 64})})
    renamed = [f"{case}x" for case in first.protocol.case_ids]
    other_cases = make(seed=4)
    other_cases = other_cases.model_copy(
        update={"protocol": other_cases.protocol.model_copy(update={"case_ids": renamed})}
    )
    for results in (first, second, fewer, other_data, other_cases):
        board.add(checked(results))
    assert [len({e.submission for e in entries}) for entries in board.groups().values()] == [
        2,
        1,
        1,
        1,
    ]


def test_a_limited_run_is_compared_with_no_whole_one(board: Store) -> None:
    """Each in a table of its own, also where methods are ordered and told apart."""
    runs = (honest(("whole",), limit=None), honest(("some",), limit=6), honest(("others",), limit=6, seed=1))
    for run in (*runs, honest(("fewer",), limit=5)):
        board.add(checked(run))
    metric = "csim[dlib]"
    found = measured_tables(board.groups(), sort=metric)
    tables = [with_tiers(table, metric, board.document) for table in found]
    assert [{row.method for row in table.rows} for table in tables] == [{"whole"}, {"some", "others"}, {"fewer"}]
    assert "first 6 only" in tables[1].title and "only" not in tables[0].title
    assert [bool(table.order) for table in tables] == [False, True, False]
    assert "whole" not in tables[1].order[0] and "fewer" not in tables[1].order[0]


def test_hostile_names_are_data(make: Make, board: Store) -> None:
    names = ("x'); DROP TABLE submissions;--", 'y" OR 1=1', "z\u202e%s?", "‮名前")
    board.add(checked(make(names, protocol="p'; DELETE FROM entries;--")))
    board.add(checked(make(("plain",))))
    methods = {e.method for entries in board.groups().values() for e in entries}
    assert methods == {*names, "plain"}


def test_text_that_a_database_cannot_hold_is_refused(make: Make, board: Store) -> None:
    with pytest.raises(SubmissionError, match=r"expected a name without U\+0000"):
        board.add(checked(make(("a\0b",))))
    assert board.groups() == {}


def test_no_file_means_no_entries_and_none_is_made(database: Path) -> None:
    board = Store(database)
    assert board.groups() == {} and board.submissions() == [] and board.revision() == 0
    assert not database.exists()


def test_unknown_submission(results: Results, board: Store) -> None:
    board.add(checked(results))
    for asked in (board.document, board.submission, board.bundle_path):
        with pytest.raises(SubmissionError, match="no submission 7"):
            asked(7)


def test_what_is_known_of_a_submission(results: Results, board: Store) -> None:
    number = board.add(checked(results), verdict="recomputed", evidence={"fd[dlib]": "recomputed"}, submitter="lab")
    stored = board.submission(number)
    assert (stored.verdict, stored.submitter, stored.methods) == ("recomputed", "lab", ("emoportraits", "copy-source"))
    assert stored.fingerprint == results.fingerprint() and stored.bundle_sha256 is None
    assert board.submissions() == [stored]
    assert board.submissions("bench") == [stored] and board.submissions("another") == []
    ((group, entries),) = board.groups().items()
    assert group == stored.group
    assert {e.verdict for e in entries} == {"recomputed"}
    assert {e.metric: e.evidence for e in entries} == {
        "csim[dlib]": "self-reported",
        "pose_error_deg[mesh468]": "self-reported",
        "fd[dlib]": "recomputed",
        "fid[inception]": "self-reported",
    }
    assert board.groups("another") == {}


def test_files_of_a_submission(results: Results, board: Store, tmp_path: Path) -> None:
    bundle, clip = tmp_path / "bundle", tmp_path / "clip"
    bundle.write_bytes(b"archive")
    clip.write_bytes(b"video")
    number = board.add(checked(results), attachments=Attachments(bundle, {"clips/a.webm": clip, "clips/b.webm": clip}))
    path = board.bundle_path(number)
    assert path is not None and path.read_bytes() == b"archive" and path.name == board.submission(number).bundle_sha256
    assert [(c.name, c.size_bytes) for c in board.clips(number)] == [("clips/a.webm", 5), ("clips/b.webm", 5)]
    found = board.clip_path(number, "clips/b.webm")
    assert found is not None and found.read_bytes() == b"video"
    assert board.clip_path(number, "../../etc/passwd") is None
    assert board.clip_path(number + 1, "clips/b.webm") is None
    assert sorted(p.name for p in (tmp_path / "files").rglob("*") if p.is_file()) == sorted({path.name, found.name})


def test_files_are_beside_the_database_unless_told_otherwise(results: Results, database: Path, tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(b"archive")
    board = Store(database)
    path = board.bundle_path(board.add(checked(results), attachments=Attachments(tmp_path / "bundle")))
    assert path is not None and path.parent.parent == database.with_name("leaderboard.files")


def test_failed_submission_leaves_nothing(results: Results, board: Store) -> None:
    board.add(checked(results))
    other = results.model_copy(update={"aggregates": [*results.aggregates, results.aggregates[0]]})
    revision = board.revision()
    with pytest.raises(StoreUnavailable, match=r"(?i)unique"):
        board.add(checked(other))  # fails after its first rows were inserted
    assert {e.submission for entries in board.groups().values() for e in entries} == {1}
    assert [one.number for one in board.submissions()] == [1]
    assert board.revision() == revision


class TestRequestsThatComeAgain:
    KEY = RequestKey("a-key", "1" * 64)

    def test_same_number_and_nothing_written(self, results: Results, board: Store) -> None:
        number = board.add(checked(results), submitter="lab", key=self.KEY)
        revision = board.revision()
        assert board.add(checked(results), submitter="lab", key=self.KEY) == number
        assert board.revision() == revision and len(board.submissions()) == 1

    def test_another_request_under_the_key(self, make: Make, board: Store) -> None:
        board.add(checked(make(seed=1)), submitter="lab", key=self.KEY)
        with pytest.raises(KeyReused, match="'a-key' was used for submission 1"):
            board.add(checked(make(seed=2)), submitter="lab", key=RequestKey("a-key", "2" * 64))
        assert len(board.submissions()) == 1

    def test_keys_of_others_are_others(self, make: Make, results: Results, board: Store) -> None:
        board.add(checked(make(seed=1)), submitter="lab", key=self.KEY)
        board.add(checked(make(seed=2)), submitter="other", key=self.KEY)
        assert [one.submitter for one in board.submissions()] == ["lab", "other"]
        with pytest.raises(AlreadyStored) as refused:
            board.add(checked(make(seed=2)), submitter="lab", key=RequestKey("b", "1" * 64))
        assert refused.value.submission == board.submissions()[1].number

    def test_all_at_once(self, results: Results, board: Store) -> None:
        barrier = threading.Barrier(6)
        numbers: list[int] = []

        def send() -> None:
            barrier.wait()
            numbers.append(board.add(checked(results), submitter="lab", key=self.KEY))

        _together(send, 6)
        assert len(numbers) == 6 and len(set(numbers)) == 1
        assert len(board.submissions()) == 1


def _together(send: Callable[[], None], n: int) -> None:
    threads = [threading.Thread(target=send) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_concurrent_submissions_all_arrive_once(make: Make, board: Store) -> None:
    submissions = [make(seed=seed) for seed in range(6)]
    waiting = submissions * 2
    outcomes: list[int | str] = []
    barrier = threading.Barrier(12)

    def submit() -> None:
        results = waiting.pop()
        barrier.wait()
        try:
            outcomes.append(board.add(checked(results)))
        except AlreadyStored:
            outcomes.append("duplicate")

    _together(submit, 12)
    numbers = sorted(one for one in outcomes if isinstance(one, int))
    assert numbers == [one.number for one in board.submissions()]
    assert len(numbers) == 6 and outcomes.count("duplicate") == 6
    assert sum(map(len, board.groups().values())) == 6 * len(submissions[0].aggregates)


def test_of_many_processes_of_which_a_quarter_is_killed_nothing_is_lost_or_doubled(place: str) -> None:
    n = 60 if "://" not in place else 24  # a server makes a process of its own for each
    command = [sys.executable, "-m", "tests.leaderboard.crowd", place, str(n), str(n // 4), "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert [words for words in said.values() if not words.isdecimal()] == []
    board = Store(place)
    ((_, entries),) = board.groups().items()
    stored = Counter((entry.submission, entry.method) for entry in entries)
    methods = {method: str(submission) for submission, method in stored}
    assert len(methods) == len(stored), "doubled"
    assert {f"method-{index}": number for index, number in said.items()}.items() <= methods.items(), "lost"
    assert n - n // 4 <= len(said) <= len(methods) <= n
    assert len(said) < n, "nobody was killed"
    first = Results.model_validate_json(board.document(min(map(int, methods.values()))))
    assert set(stored.values()) == {len(first.aggregates)}, "a part of a submission"
    if "://" not in place:
        with sqlite3.connect(place) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
