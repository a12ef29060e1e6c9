"""Where a leaderboard is: a SQLite file or the URL of a database, and the folder of its bundles and clips."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.cells import one_line
from leaderboard.errors import SubmissionError

if TYPE_CHECKING:
    from sqlalchemy import URL

_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


def default_place() -> str:
    """$FEED_LEADERBOARD, a file or a URL; or a file in the user's data folder."""
    named = os.environ.get("FEED_LEADERBOARD")
    return named or str(Path.home() / ".local" / "share" / "feed" / "leaderboard.sqlite3")


@dataclass(frozen=True)
class Place:
    """A database that can be named in messages.

    Args:
        url: for SQLAlchemy; may hold a password.
        name: the file, or the URL without its password.
        file: the file of SQLite; None for a server.
    """

    url: URL
    name: str
    file: Path | None

    @classmethod
    def of(cls, place: str | Path) -> Place:
        """From a path or a URL.

        Args:
            place: `leaderboard.sqlite3`, `sqlite:////data/leaderboard.sqlite3` or `postgresql://user@host/name`.

        Raises:
            SubmissionError: neither.
        """
        from sqlalchemy.engine import URL, make_url
        from sqlalchemy.exc import ArgumentError

        if isinstance(place, Path) or "://" not in place:
            path = Path(place).expanduser()
            return cls(URL.create("sqlite", database=str(path)), str(path), path)
        try:
            url = make_url(place)
        except (ArgumentError, ValueError) as error:
            raise SubmissionError(
                one_line(f"expected a file or the URL of a database but got one that {error}")
            ) from error
        name = one_line(url.render_as_string(hide_password=True))
        if url.drivername == "sqlite" and url.database and url.database != ":memory:":
            return cls(url, url.database, Path(url.database))
        if url.drivername not in _POSTGRES:
            raise SubmissionError(f"expected a file, sqlite:///FILE or postgresql://HOST/NAME but got {name}")
        return cls(url.set(drivername="postgresql+psycopg"), name, None)

    @property
    def files(self) -> Path | None:
        """Folder of bundles and clips beside the file; a server has none of its own."""
        return None if self.file is None else self.file.with_name(f"{self.file.stem}.files")
