"""Connections and transactions: reading ones, and writing ones that take turns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from feed_dataset.core.jobs.cells import one_line
from feed_dataset.core.jobs.errors import words_of
from leaderboard.errors import StoreUnavailable
from leaderboard.store.place import Place
from leaderboard.store.upgrade import upgrade, upgraded

_WAIT_S = 30.0  # for another process that is writing, and for a connection of the pool
_CONNECTIONS = 40  # as many as the server has threads


class Database:
    """A database of today's tables, opened when it is first used.

    Args:
        place: where; a file that is not there is made by the first write.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._engine = _engine(place)
        self._writer = self._engine.execution_options(feed_writes=True)
        self._is_current = False
        self._opening = Lock()

    @property
    def is_absent(self) -> bool:
        """Whether the file of SQLite is not there yet."""
        return self.place.file is not None and not self.place.file.exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database.

        Raises:
            StoreUnavailable: it cannot be used.
        """
        with self._explained():
            if self.is_absent:
                raise StoreUnavailable(f"the leaderboard {self.place.name} cannot be used: no such file")
            self._bring_up_to_date()
            with self._engine.connect() as connection, connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends well; with SQLite, no other writes meanwhile.

        Raises:
            StoreUnavailable: it cannot be used, or a rule of its tables is broken; nothing was written.
        """
        with self._explained():
            if self.place.file is not None:
                self.place.file.parent.mkdir(parents=True, exist_ok=True)
            self._bring_up_to_date()
            with self._writer.begin() as connection:
                yield connection

    def serve(self) -> None:
        """Let readers of a SQLite file go on while somebody writes (its write-ahead log, which stays on)."""
        with self._explained():
            with self.writing():
                pass  # makes the file
            if self.place.file is not None:
                connection = self._engine.raw_connection()
                try:
                    connection.cursor().execute("PRAGMA journal_mode = WAL")
                finally:
                    connection.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _bring_up_to_date(self) -> None:
        if self._is_current and not self.is_absent:
            return
        with self._opening:
            with self._engine.connect() as connection, connection.begin():
                self._is_current = upgraded(connection, self.place.name)
            if not self._is_current:
                with self._writer.begin() as connection:
                    upgrade(connection, self.place.name)
                self._is_current = True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            detail = getattr(error, "orig", None) or error
            raise StoreUnavailable(self._sentence(detail)) from error
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(self._sentence(error)) from error

    def _sentence(self, error: BaseException) -> str:
        return one_line(f"the leaderboard {self.place.name} cannot be used: {words_of(error)}; name another with --db")


def _engine(place: Place) -> Engine:
    if place.file is None:
        return create_engine(place.url, pool_size=_CONNECTIONS, pool_timeout=_WAIT_S, pool_pre_ping=True)
    path = place.file

    def connect() -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode=rwc"
        # Transactions are begun below: the driver would begin them later than a reader believes.
        return sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=_CONNECTIONS, pool_timeout=_WAIT_S
    )

    @event.listens_for(engine, "connect")
    def _check_references(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("feed_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")  # writers wait instead of failing half-way

    return engine
