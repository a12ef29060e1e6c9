from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from benchmark.results.schema import Results
from leaderboard.errors import StoreUnavailable, SubmissionError
from leaderboard.store import Store
from leaderboard.store.schema import HEAD, METADATA, VERSION_TABLE
from leaderboard.tables import measured_tables
from leaderboard.validate import Submission

SCHEMA_1 = Path(__file__).resolve().parents[2] / "data" / "leaderboard" / "schema1.db"
"""Written by the last version of the store without Alembic: three submissions, one of a name that is not ASCII."""


def checked(results: Results) -> Submission:
    return Submission(results, tuple(results.aggregates))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(SCHEMA_1, tmp_path / "old.sqlite3"))


def rows_of(path: Path, columns: str, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as db:
        return db.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()


class TestAFileOfTheFirstVersion:
    def test_everything_is_still_there(self, old: Path) -> None:
        columns = {
            table: ", ".join(one[1] for one in rows_of(old, "cid, name", f"pragma_table_info('{table}')"))
            for table in ("submissions", "entries")
        }
        before = {table: rows_of(old, names, table) for table, names in columns.items()}
        board = Store(old)
        assert [one.number for one in board.submissions()] == [1, 2, 3]
        assert {table: rows_of(old, names, table) for table, names in columns.items()} == before

    def test_what_is_new_has_its_value(self, old: Path) -> None:
        board = Store(old)
        assert [(one.verdict, one.submitter, one.bundle_sha256) for one in board.submissions()] == [
            ("self-reported", None, None)
        ] * 3
        assert [one.methods for one in board.submissions()] == [("mine", "copy-source"), ("théirs",), ("whole",)]
        assert {e.evidence for entries in board.groups().values() for e in entries} == {"self-reported"}
        assert [table.group.n_cases for table in measured_tables(board.groups())] == [28, 2]

    def test_documents_are_read_and_results_can_be_added(self, old: Path, results: Results) -> None:
        board = Store(old)
        first = Results.model_validate_json(board.document(1))
        assert [method.name for method in first.methods] == ["mine", "copy-source"]
        with pytest.raises(SubmissionError, match="already in .*submission 1"):
            board.add(checked(first))
        assert board.add(checked(results)) == 4

    def test_older_programs_refuse_it_then(self, old: Path) -> None:
        assert rows_of(old, "user_version, 0", "pragma_user_version") == [(1, 0)]
        Store(old).revision()
        assert rows_of(old, "user_version, 0", "pragma_user_version") == [(2, 0)]

    def test_eight_at_once(self, old: Path) -> None:
        found: list[int] = []
        threads = [threading.Thread(target=lambda: found.append(len(Store(old).submissions()))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [3] * 8

    def test_an_upgrade_that_fails_changes_nothing(self, old: Path) -> None:
        with sqlite3.connect(old) as db:
            db.execute("CREATE TABLE audit (mine)")  # in the way of ours
        before = old.read_bytes()
        with pytest.raises(StoreUnavailable, match="audit already exists"):
            Store(old).groups()
        assert old.read_bytes() == before


def test_migrations_lead_to_the_tables_of_the_code(board: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with board.database.writing() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": VERSION_TABLE,
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables,
            },
        )
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, METADATA) == []


def test_the_newest_revision_is_the_one_that_the_code_expects() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "leaderboard.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_newer_database(board: Store) -> None:
    with board.database.writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    again = Store(board.database.place.url.render_as_string(hide_password=False))
    place = again if board.database.place.file is None else Store(board.database.place.file)
    with pytest.raises(SubmissionError, match="9999; update this package"):
        place.groups()


@pytest.mark.parametrize("content", [b"this is no database, it is a text file" * 100, b"\x00" * 4096])
def test_file_that_is_no_database(results: Results, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(SubmissionError, match=r"notes\.txt"):
        Store(path).add(checked(results))
    with pytest.raises(SubmissionError, match=r"notes\.txt"):
        Store(path).groups()
    assert path.read_bytes() == content


def test_foreign_database_is_left_alone(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()
    with pytest.raises(SubmissionError, match="version 0"):
        Store(path).add(checked(results))
    assert path.read_bytes() == before


def test_folder_in_place_of_the_file(results: Results, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        Store(tmp_path).add(checked(results))


def test_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be used") as refused:
        Store(f"postgresql://me:secret@/board?host={tmp_path}").groups()
    assert "secret" not in str(refused.value) and "\n" not in str(refused.value)
