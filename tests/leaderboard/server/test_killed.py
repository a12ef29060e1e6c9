"""Nothing that was acknowledged is lost when a server is killed, and nothing is doubled when a client sends again."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason='the extra "server" is not installed')

from benchmark.results.schema import Results  # noqa: E402
from leaderboard.store import Store  # noqa: E402
from leaderboard.store.audit import entries  # noqa: E402
from tests.leaderboard.server.killing import killed  # noqa: E402


def test_killed_while_submissions_are_on_their_way(place: str, tmp_path: Path) -> None:
    client = killed(place, tmp_path, kills=2, seed=2)
    assert client.errors == [] and len(client.receipts) == 4
    board = Store(place, files=tmp_path / "files")
    stored = {one.methods[0]: one for one in board.submissions()}
    assert len(board.submissions()) == 4, "doubled"
    for name, receipt in client.receipts.items():
        one = stored[name]
        assert one.number == receipt.submission, "lost"
        results = Results.model_validate_json(board.document(one.number))
        entered = [e for found in board.groups().values() for e in found if e.submission == one.number]
        assert len(entered) == len(results.aggregates), "a part of a submission"
        bundle = board.bundle_path(one.number)
        assert (bundle is not None) == (int(name.rpartition("-")[2]) % 2 == 1)
        if bundle is not None:
            assert hashlib.sha256(bundle.read_bytes()).hexdigest() == one.bundle_sha256
    with board.database.reading() as connection:
        accepted = [one.subject for one in entries(connection) if one.action == "submission.accepted"]
    assert sorted(accepted) == sorted(f"submission {one.number}" for one in stored.values())
    if "://" not in place:
        with sqlite3.connect(place) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
