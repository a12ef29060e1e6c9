"""Numbers of submissions that were read before: they never change, so a server reads each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import select

from leaderboard.entries import Entry
from leaderboard.store.schema import ENTRIES, SUBMISSIONS

if TYPE_CHECKING:
    from sqlalchemy import Connection

_AT_ONCE = 500  # submissions named in one query

Key = tuple[int, str]
"""A submission and its verdict, which its numbers carry."""


class KnownEntries:
    """Entries by submission and verdict."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[Entry, ...]] = {}
        self._lock = Lock()

    def of(self, connection: Connection, keys: Sequence[Key]) -> Mapping[Key, tuple[Entry, ...]]:
        """Entries of some submissions; those not read before are read.

        Args:
            connection: of the transaction in which the keys were read.
            keys: submissions with their verdicts.
        """
        with self._lock:
            missing = [key for key in keys if key not in self._known]
            for start in range(0, len(missing), _AT_ONCE):
                self._read(connection, missing[start : start + _AT_ONCE])
            return {key: self._known[key] for key in keys}

    def _read(self, connection: Connection, keys: Sequence[Key]) -> None:
        tables = {**SUBMISSIONS.c, **ENTRIES.c}
        query = (
            select(*(tables[one.name] for one in fields(Entry)))
            .join_from(ENTRIES, SUBMISSIONS)
            .where(ENTRIES.c.submission.in_([number for number, _ in keys]))
            .order_by(ENTRIES.c.submission, ENTRIES.c.position)
        )
        found: dict[int, list[Entry]] = {}
        for row in connection.execute(query).fetchall():
            entry = Entry(*row)
            found.setdefault(entry.submission, []).append(entry)
        for number, verdict in keys:
            self._known[number, verdict] = tuple(found.get(number, ()))
