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
from leaderboard import store
from leaderboard.errors import SubmissionError
from leaderboard.tables import measured_tables
from leaderboard.tiers import with_tiers
from leaderboard.validate import Submission
from tests.leaderboard.honest import honest

ROOT = Path(__file__).resolve().parent.parent.parent
Make = Callable[..., Results]


def checked(results: Results) -> Submission:
    return Submission(results, tuple(results.aggregates))


def test_everything_comes_back(results: Results, database: Path) -> None:
    number = store.add(database, checked(results))
    ((group, entries),) = store.groups(database).items()
    assert group.protocol == "bench"
    assert group.n_cases == 4
    assert group.synthetic is True
    assert [(e.method, e.metric, e.value) for e in entries] == [
        (a.method, a.metric, a.value) for a in results.aggregates
    ]
    assert [e.higher_is_better for e in entries[:2]] == [True, False]
    assert entries[3].needs == "inception"
    assert Results.model_validate_json(store.document(database, number)) == results


def test_same_results_are_refused_even_from_another_day(results: Results, database: Path) -> None:
    store.add(database, checked(results))
    again = results.model_copy(update={"created_at": "2027-01-01T00:00:00+00:00", "timings_s": {"generate": 9.0}})
    with pytest.raises(SubmissionError, match="already in .*submission 1"):
        store.add(database, checked(again))
    assert len(store.groups(database)) == 1


def test_only_equal_inputs_share_a_group(make: Make, database: Path) -> None:
    first, second = make(seed=1), make(seed=2)
    fewer = make(seed=3, limit=4)
    other_data = second.model_copy(update={"data": second.data.model_copy(update={"digest": "0" * 64})})
    renamed = [f"{case}x" for case in first.protocol.case_ids]
    other_cases = make(seed=4)
    other_cases = other_cases.model_copy(
        update={"protocol": other_cases.protocol.model_copy(update={"case_ids": renamed})}
    )
    for results in (first, second, fewer, other_data, other_cases):
        store.add(database, checked(results))
    assert [len({e.submission for e in entries}) for entries in store.groups(database).values()] == [
        2,
        1,
        1,
        1,
    ]


def test_a_limited_run_is_compared_with_no_whole_one(database: Path) -> None:
    """Each in a table of its own, also where methods are ordered and told apart."""
    runs = (honest(("whole",), limit=None), honest(("some",), limit=6), honest(("others",), limit=6, seed=1))
    for run in (*runs, honest(("fewer",), limit=5)):
        store.add(database, checked(run))
    metric = "csim[dlib]"
    found = measured_tables(store.groups(database), sort=metric)
    tables = [with_tiers(table, metric, lambda number: store.document(database, number)) for table in found]
    assert [{row.method for row in table.rows} for table in tables] == [{"whole"}, {"some", "others"}, {"fewer"}]
    assert "first 6 only" in tables[1].title and "only" not in tables[0].title
    assert [bool(table.order) for table in tables] == [False, True, False]
    assert "whole" not in tables[1].order[0] and "fewer" not in tables[1].order[0]


def test_hostile_names_are_data(make: Make, database: Path) -> None:
    names = ("x'); DROP TABLE submissions;--", 'y" OR 1=1', "z\u0000\u202e%s?", "‮名前")
    store.add(database, checked(make(names, protocol="p'; DELETE FROM entries;--")))
    store.add(database, checked(make(("plain",))))
    methods = {e.method for entries in store.groups(database).values() for e in entries}
    assert methods == {*names, "plain"}


def test_no_file_means_no_entries_and_none_is_made(database: Path) -> None:
    assert store.groups(database) == {}
    assert not database.exists()


def test_unknown_submission(results: Results, database: Path) -> None:
    store.add(database, checked(results))
    with pytest.raises(SubmissionError, match="no submission 7"):
        store.document(database, 7)


@pytest.mark.parametrize("content", [b"this is no database, it is a text file" * 100, b"\x00" * 4096])
def test_file_that_is_no_database(results: Results, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(SubmissionError, match=r"notes\.txt"):
        store.add(path, checked(results))
    with pytest.raises(SubmissionError, match=r"notes\.txt"):
        store.groups(path)
    assert path.read_bytes() == content


def test_foreign_database_is_left_alone(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()
    with pytest.raises(SubmissionError, match="version 0"):
        store.add(path, checked(results))
    assert path.read_bytes() == before


def test_folder_in_place_of_the_file(results: Results, tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="cannot be used"):
        store.add(tmp_path, checked(results))


def test_failed_submission_leaves_nothing(results: Results, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(database, checked(results))
    other = results.model_copy(update={"aggregates": [*results.aggregates, results.aggregates[0]]})
    with pytest.raises(SubmissionError, match="UNIQUE"):
        store.add(database, checked(other))  # fails after its first rows were inserted
    assert {e.submission for entries in store.groups(database).values() for e in entries} == {1}
    with pytest.raises(SubmissionError, match="no submission 2"):
        store.document(database, 2)


def test_concurrent_submissions_all_arrive_once(make: Make, database: Path) -> None:
    submissions = [make(seed=seed) for seed in range(6)]
    outcomes: list[str] = []
    barrier = threading.Barrier(12)

    def submit(results: Results) -> None:
        barrier.wait()
        try:
            outcomes.append(str(store.add(database, checked(results))))
        except SubmissionError as error:
            outcomes.append("duplicate" if "already" in str(error) else str(error))

    threads = [threading.Thread(target=submit, args=(results,)) for results in submissions * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [*"123456", *["duplicate"] * 6]
    assert sum(map(len, store.groups(database).values())) == 6 * len(submissions[0].aggregates)


def test_of_sixty_processes_with_fifteen_killed_nothing_is_lost_or_doubled(database: Path) -> None:
    command = [sys.executable, "-m", "tests.leaderboard.crowd", str(database), "60", "15", "5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    ((_, entries),) = store.groups(database).items()
    stored = Counter((entry.submission, entry.method) for entry in entries)
    methods = {method: str(submission) for submission, method in stored}
    assert len(methods) == len(stored), "doubled"
    assert {f"method-{index}": number for index, number in said.items()}.items() <= methods.items(), "lost"
    assert 45 <= len(said) <= 60 and len(said) <= len(methods) <= 60
    assert len(said) < 60, "nobody was killed"
    whole = len(store_results(database, min(map(int, methods.values()))).aggregates)
    assert set(stored.values()) == {whole}, "a part of a submission"
    with sqlite3.connect(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def store_results(database: Path, number: int) -> Results:
    return Results.model_validate_json(store.document(database, number))


def test_default_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FEED_LEADERBOARD", str(tmp_path / "mine.sqlite3"))
    assert store.default_path() == tmp_path / "mine.sqlite3"
    monkeypatch.delenv("FEED_LEADERBOARD")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store.default_path() == tmp_path / ".local/share/feed/leaderboard.sqlite3"
