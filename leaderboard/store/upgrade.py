"""A database of any age becomes one of today, in one transaction; what is no leaderboard is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaderboard.errors import SubmissionError
from leaderboard.store.schema import HEAD, METADATA, VERSION_TABLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FIRST = 1  # PRAGMA user_version of files before Alembic, whose tables are those of revision 0001
_USER_VERSION = 2  # of files since: a program from before refuses them by it
_LOCK = 0x6665656C  # of PostgreSQL: two programs that start at once


def upgraded(connection: Connection, name: str) -> bool:
    """Whether the database has today's tables; an empty one has not.

    Raises:
        SubmissionError: it holds something else, or is newer than this program.
    """
    return _revision(connection, name) == HEAD


def upgrade(connection: Connection, name: str) -> None:
    """Bring a database to today's tables, inside of the connection's transaction.

    Args:
        connection: in a transaction that may write.
        name: of the database, for messages.

    Raises:
        SubmissionError: as `upgraded`.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    revision = _revision(connection, name)  # once more: another program may have been faster
    if revision == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "leaderboard.store:migrations")
    config.attributes["connection"] = connection
    if revision == "0001" and not _has_version_table(connection):
        command.stamp(config, "0001")
    command.upgrade(config, "head")
    if is_sqlite:
        connection.exec_driver_sql(f"PRAGMA user_version = {_USER_VERSION}")


def _revision(connection: Connection, name: str) -> str | None:
    """Where the database stands; None for an empty one."""
    from sqlalchemy import inspect

    if _has_version_table(connection):
        revision = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
        if revision is None or str(revision) > HEAD:
            raise SubmissionError(
                f"expected a leaderboard of revision {HEAD} or older but {name} has {revision}; update this package"
            )
        return str(revision)
    is_sqlite = connection.dialect.name == "sqlite"
    version = connection.exec_driver_sql("PRAGMA user_version").scalar() if is_sqlite else 0
    tables = set(inspect(connection).get_table_names())
    if version == _FIRST and {"submissions", "entries"} <= tables:
        return "0001"
    foreign = tables if is_sqlite else tables & set(METADATA.tables)  # a server may hold other tables besides ours
    if version or foreign:
        raise SubmissionError(
            f"expected a leaderboard but {name} is another database (version {version}, {len(tables)} tables);"
            " name another with --db"
        )
    return None


def _has_version_table(connection: Connection) -> bool:
    from sqlalchemy import inspect

    return inspect(connection).has_table(VERSION_TABLE)
