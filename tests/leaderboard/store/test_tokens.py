from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update

from leaderboard.errors import StoreUnavailable, SubmissionError, TokenRefused
from leaderboard.store import Store
from leaderboard.store.audit import entries
from leaderboard.store.schema import AUDIT, TOKENS
from leaderboard.store.tokens import create_token, find_token, list_tokens, revoke_token


def test_a_token_is_found_by_its_secret_only(board: Store) -> None:
    token, secret = create_token(board.database, "Lab of A", ["submit", "study"])
    assert find_token(board.database, secret) == token
    assert token.scopes == ("submit", "study") and token.state == "valid"
    assert len(secret) >= 5 + 43  # 256 bits in base64
    for wrong in (secret[:-1], secret + "x", token.name, "", "\udcff"):
        with pytest.raises(TokenRefused):
            find_token(board.database, wrong)


def test_no_two_are_alike(board: Store) -> None:
    assert len({create_token(board.database, "same", ["submit"])[1] for _ in range(20)}) == 20


def test_only_a_hash_is_kept(board: Store) -> None:
    _, secret = create_token(board.database, "lab", ["submit"])
    with board.database.reading() as connection:
        kept = [tuple(row) for row in connection.execute(select(TOKENS))]
    assert secret not in repr(kept) and secret.removeprefix("feed_") not in repr(kept)


def test_revoked(board: Store) -> None:
    token, secret = create_token(board.database, "lab", ["submit"])
    revoke_token(board.database, token.number)
    with pytest.raises(TokenRefused, match="revoked"):
        find_token(board.database, secret)
    assert [one.state for one in list_tokens(board.database)] == ["revoked"]
    with pytest.raises(SubmissionError, match="not revoked"):
        revoke_token(board.database, token.number)
    for absent in (99, -1, 2**31, 10**30):
        with pytest.raises(SubmissionError, match=f"got {absent}"):
            revoke_token(board.database, absent)


def test_expired(board: Store) -> None:
    _, old = create_token(board.database, "old", ["submit"], days=-0.001)
    token, new = create_token(board.database, "new", ["submit"], days=1)
    assert find_token(board.database, new) == token
    with pytest.raises(TokenRefused, match="expired"):
        find_token(board.database, old)
    assert [one.state for one in list_tokens(board.database)] == ["expired", "valid"]


@pytest.mark.parametrize(
    ("name", "scopes", "expected"),
    [
        ("", ["submit"], "expected a name"),
        ("local", ["submit"], "expected a name"),
        ("a\nb", ["submit"], "expected a name"),
        ("a" * 101, ["submit"], "expected a name"),
        ("lab", ["root"], "got root"),
        ("lab", [], "got none"),
    ],
)
def test_what_is_no_token(board: Store, name: str, scopes: list[str], expected: str) -> None:
    with pytest.raises(SubmissionError, match=expected):
        create_token(board.database, name, scopes)
    assert list_tokens(board.database) == []


class TestTheAuditLog:
    def test_says_who_did_what(self, board: Store) -> None:
        token, _ = create_token(board.database, "lab", ["submit"], actor="ops")
        revoke_token(board.database, token.number)
        with board.database.reading() as connection:
            found = entries(connection)
        assert [(one.actor, one.action, one.subject) for one in found] == [
            ("ops", "token.created", f"token {token.number}"),
            ("local", "token.revoked", f"token {token.number}"),
        ]
        assert found[0].detail == {"name": "lab", "scopes": "submit", "expires": None}

    def test_cannot_be_changed(self, board: Store) -> None:
        create_token(board.database, "lab", ["submit"])
        changes = [update(AUDIT).values(actor="nobody"), delete(AUDIT)]
        if board.database.place.file is None:
            changes.append(text("TRUNCATE audit"))
        for change in changes:
            with pytest.raises(StoreUnavailable, match="only grows"), board.database.writing() as connection:
                connection.execute(change)
        with board.database.reading() as connection:
            assert [one.actor for one in entries(connection)] == ["local"]

    def test_in_parts(self, board: Store) -> None:
        for name in "abc":
            create_token(board.database, name, ["submit"])
        with board.database.reading() as connection:
            assert [one.detail["name"] for one in entries(connection, after=1, limit=1)] == ["b"]
