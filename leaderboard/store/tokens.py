"""Tokens: 256 random bits each, of which only the sha256 is kept; with scopes, an end, and a way to revoke them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from feed_dataset.core.jobs.cells import one_line
from leaderboard.errors import SubmissionError, TokenRefused
from leaderboard.store.audit import now, record
from leaderboard.store.schema import TOKENS, is_number

if TYPE_CHECKING:
    from sqlalchemy import Row

    from leaderboard.store.database import Database

SCOPES = ("submit", "admin", "study")
"""submit: send results; admin: read the audit log; study: read the answers of raters."""
_PREFIX = "feed_"  # lets scanners of repositories find a token that was committed by mistake
_BYTES = 32
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Token:
    """What is known of a token; its secret is not.

    Args:
        number: for `token revoke`.
        name: of who uses it; shown beside submissions.
        scopes: what it allows.
        created_at: UTC, ISO 8601; the others likewise.
        expires_at: None for never.
        revoked_at: None for a token that may be used.
    """

    number: int
    name: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str | None
    revoked_at: str | None

    @property
    def state(self) -> str:
        """Whether it may be used: "valid", "expired" or "revoked"."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now() else "valid"


def create_token(
    database: Database, name: str, scopes: Collection[str], *, days: float | None = None, actor: str = "local"
) -> tuple[Token, str]:
    """Make a token.

    Args:
        database: where it will be valid.
        name: of who uses it.
        scopes: of `SCOPES`.
        days: until it expires; None for never.
        actor: who asks for it.

    Returns:
        The token, and its secret, which nobody can ask for again.

    Raises:
        SubmissionError: the name or a scope is none.
    """
    if name in ("", "local") or len(name) > _LONGEST_NAME or one_line(name) != name:
        raise SubmissionError(
            f"expected a name of at most {_LONGEST_NAME} printable characters, not 'local', but got {one_line(name)!r}"
        )
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise SubmissionError(f"expected scopes among {', '.join(SCOPES)} but got {', '.join(unknown) or 'none'}")
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    ends = None if days is None else (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")
    values = {
        "name": name,
        "sha256": _digest(secret),
        "scopes": " ".join(one for one in SCOPES if one in scopes),
        "created_at": now(),
        "expires_at": ends,
    }
    with database.writing() as connection:
        row = connection.execute(insert(TOKENS).values(**values).returning(TOKENS)).one()
        record(connection, actor, "token.created", f"token {row.id}", name=name, scopes=values["scopes"], expires=ends)
    return _token(row), secret


def list_tokens(database: Database) -> list[Token]:
    """All tokens, revoked ones too; none where there is no file yet."""
    if database.is_absent:
        return []
    with database.reading() as connection:
        return [_token(row) for row in connection.execute(select(TOKENS).order_by(TOKENS.c.id))]


def revoke_token(database: Database, number: int, *, actor: str = "local") -> Token:
    """Make a token useless from now on.

    Raises:
        SubmissionError: there is none of this number, or it is revoked already.
    """
    with database.writing() as connection:
        query = update(TOKENS).where(TOKENS.c.id == number, TOKENS.c.revoked_at.is_(None)).values(revoked_at=now())
        row = connection.execute(query.returning(TOKENS)).one_or_none() if is_number(number) else None
        if row is None:
            raise SubmissionError(
                f"expected the number of a token that is not revoked but got {number}; see token list"
            )
        record(connection, actor, "token.revoked", f"token {number}", name=row.name)
    return _token(row)


def find_token(database: Database, secret: str) -> Token:
    """The token of a secret.

    Raises:
        TokenRefused: it is unknown here, expired or revoked; which of them is not said.
    """
    with database.reading() as connection:
        row = connection.execute(select(TOKENS).where(TOKENS.c.sha256 == _digest(secret))).one_or_none()
    token = None if row is None else _token(row)
    if token is None or token.state != "valid":
        raise TokenRefused("expected a valid token but this one is unknown here, expired or revoked; ask for a new one")
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _token(row: Row[Any]) -> Token:
    return Token(row.id, row.name, tuple(row.scopes.split()), row.created_at, row.expires_at, row.revoked_at)
