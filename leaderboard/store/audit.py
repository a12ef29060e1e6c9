"""The audit log: who did what, in the transaction that did it. The database itself refuses to change it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from leaderboard.store.schema import AUDIT, BOARD

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class AuditEntry:
    """A line of the log.

    Args:
        number: in order of writing.
        at: UTC, ISO 8601.
        actor: name of a token, or "local" for a command on the machine.
        action: such as "submission.accepted".
        subject: what it was done to, such as "submission 3".
        detail: more of it.
    """

    number: int
    at: str
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]


def record(connection: Connection, actor: str, action: str, subject: str, **detail: object) -> None:
    """Add a line in the transaction of what it tells."""
    connection.execute(
        insert(AUDIT).values(
            at=now(), actor=actor, action=action, subject=subject, detail=json.dumps(detail, sort_keys=True)
        )
    )


def changed(connection: Connection) -> None:
    """Note in the transaction of a change that pages show something else from now on."""
    connection.execute(update(BOARD).values(revision=BOARD.c.revision + 1))


def entries(connection: Connection, *, after: int = 0, limit: int = 1000) -> list[AuditEntry]:
    """Lines in order.

    Args:
        connection: of a transaction.
        after: only lines with a larger number.
        limit: how many at most.
    """
    rows = connection.execute(select(AUDIT).where(AUDIT.c.id > after).order_by(AUDIT.c.id).limit(limit))
    return [AuditEntry(r.id, r.at, r.actor, r.action, r.subject, json.loads(r.detail)) for r in rows]


def now() -> str:
    """The time as it is stored: UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")
