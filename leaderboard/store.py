"""Accepted submissions in one SQLite file: the whole document, and its aggregates as rows for the tables."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feed_dataset.core.jobs.errors import words_of
from leaderboard.entries import Entry, Group
from leaderboard.errors import SubmissionError

if TYPE_CHECKING:
    from benchmark.results.schema import Aggregate
    from leaderboard.validate import Submission

SCHEMA = 1  # PRAGMA user_version of the file
_WAIT_S = 30.0  # for another process that is writing
_TABLES = """
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    submitted_at TEXT NOT NULL,
    protocol TEXT NOT NULL,
    protocol_version TEXT NOT NULL,
    case_list_sha256 TEXT NOT NULL,
    case_ids_sha256 TEXT NOT NULL,
    case_limit INTEGER,
    n_cases INTEGER NOT NULL,
    data_name TEXT NOT NULL,
    data_digest TEXT NOT NULL,
    synthetic INTEGER NOT NULL,
    document BLOB NOT NULL
);
CREATE TABLE entries (
    submission INTEGER NOT NULL REFERENCES submissions(id),
    position INTEGER NOT NULL,
    method TEXT NOT NULL,
    weights_sha256 TEXT,
    metric TEXT NOT NULL,
    level TEXT NOT NULL,
    value REAL,
    ci_low REAL,
    ci_high REAL,
    cases_expected INTEGER NOT NULL,
    cases_scored INTEGER NOT NULL,
    higher_is_better INTEGER,
    unit TEXT NOT NULL,
    needs TEXT,
    PRIMARY KEY (submission, method, metric)
);
"""


def default_path() -> Path:
    """$FEED_LEADERBOARD, or a file in the user's data folder."""
    named = os.environ.get("FEED_LEADERBOARD")
    return Path(named) if named else Path.home() / ".local" / "share" / "feed" / "leaderboard.sqlite3"


def add(path: Path, submission: Submission) -> int:
    """Store checked results in one transaction; the number of the submission.

    The document is kept as it was sent; tables show the aggregates that were derived from it.

    Raises:
        SubmissionError: the same results are already there, or the file cannot be used.
    """
    results = submission.results
    fingerprint = results.fingerprint()
    with _connect(path, create=True) as db:
        db.execute("BEGIN IMMEDIATE")  # two writers take turns instead of failing half-way
        _ensure_tables(db, path)
        same = "SELECT id, submitted_at FROM submissions WHERE fingerprint = ?"
        row = db.execute(same, (fingerprint,)).fetchone()
        if row:
            raise SubmissionError(f"the same results are already in {path}: submission {row[0]} of {row[1]}")
        number = db.execute(
            "INSERT INTO submissions (fingerprint, submitted_at, protocol, protocol_version,"
            " case_list_sha256, case_ids_sha256, case_limit, n_cases, data_name, data_digest,"
            " synthetic, document)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                fingerprint,
                datetime.now(UTC).isoformat(timespec="seconds"),
                results.protocol.name,
                results.protocol.version,
                results.protocol.case_list_sha256,
                _ids_sha256(results.protocol.case_ids),
                results.protocol.limit,
                len(results.protocol.case_ids),
                results.data.name,
                results.data.digest,
                results.data.synthetic,
                zlib.compress(results.to_json().encode()),
            ),
        ).lastrowid
        assert number is not None  # an INSERT always has one
        weights = {method.name: method.weights_sha256 for method in results.methods}
        db.executemany(
            f"INSERT INTO entries VALUES ({','.join('?' * 14)})",
            [_entry_row(number, i, a, weights[a.method]) for i, a in enumerate(submission.aggregates)],
        )
        db.execute("COMMIT")
    return number


def document(path: Path, submission: int) -> str:
    """The results file of a submission, as it was sent: its row can be recomputed from it.

    Raises:
        SubmissionError: no such submission.
    """
    with _connect(path, create=False) as db:
        _check_version(db, path)
        row = db.execute("SELECT document FROM submissions WHERE id = ?", (submission,)).fetchone()
    if row is None:
        raise SubmissionError(f"{path} has no submission {submission}")
    return zlib.decompress(row[0]).decode()


def groups(path: Path) -> dict[Group, list[Entry]]:
    """All entries by what makes them comparable, in order of submission; empty when there is no file yet."""
    if not path.exists():
        return {}
    found: dict[Group, list[Entry]] = {}
    with _connect(path, create=False) as db:
        _check_version(db, path)
        db.row_factory = sqlite3.Row
        names = ", ".join(field.name for field in (*fields(Group), *fields(Entry)))
        rows = db.execute(
            f"SELECT {names} FROM entries JOIN submissions ON id = submission"
            " ORDER BY protocol, case_limit IS NOT NULL, submission, position"
        )
        for row in rows:
            values: dict[str, Any] = dict(row)
            for flag in ("synthetic", "higher_is_better"):
                values[flag] = None if values[flag] is None else bool(values[flag])
            group = Group(**{field.name: values.pop(field.name) for field in fields(Group)})
            found.setdefault(group, []).append(Entry(**values))
    return found


def _ids_sha256(case_ids: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(sorted(case_ids)).encode()).hexdigest()


def _entry_row(
    submission: int, position: int, a: Aggregate, weights_sha256: str | None
) -> tuple[int | float | str | None, ...]:
    return (
        submission,
        position,
        a.method,
        weights_sha256,
        a.metric,
        a.level,
        a.value,
        a.ci_low,
        a.ci_high,
        a.cases_expected,
        a.cases_scored,
        a.higher_is_better,
        a.unit,
        a.not_computed.needs if a.not_computed else None,
    )


@contextmanager
def _connect(path: Path, *, create: bool) -> Iterator[sqlite3.Connection]:
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        mode = "rwc" if create else "ro"
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)) as db:
            db.execute("PRAGMA foreign_keys = ON")
            yield db  # closing without COMMIT rolls back
    except (sqlite3.Error, OSError) as error:
        raise SubmissionError(
            f"the leaderboard file {path} cannot be used: {words_of(error)}; name another with --db"
        ) from error


def _ensure_tables(db: sqlite3.Connection, path: Path) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        for statement in _TABLES.split(";"):
            if statement.strip():
                db.execute(statement)  # executescript would commit the transaction
        db.execute(f"PRAGMA user_version = {SCHEMA}")
        return
    _check_version(db, path)


def _check_version(db: sqlite3.Connection, path: Path) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA:
        raise SubmissionError(
            f"expected a leaderboard file of version {SCHEMA} but {path} has version {version}; name another with --db"
        )
