"""Options that several commands have, and where their values come from."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leaderboard.store import Store


def add_db(parser: argparse.ArgumentParser) -> None:
    """Add --db: which leaderboard."""
    parser.add_argument("--db", type=_place, metavar="FILE", help="leaderboard: a file (SQLite), or postgresql://...")


def open_store(options: argparse.Namespace) -> Store:
    """The store that --db names, or the default one.

    Raises:
        SubmissionError: it is neither a file nor a URL of a database.
    """
    from leaderboard.store import Store

    return Store(options.db)


def open_existing(options: argparse.Namespace) -> Store:
    """As `open_store`, for commands that only read: a file that --db names has to be there.

    The default leaderboard may be empty: it shows the paper's rows alone.

    Raises:
        SubmissionError: there is no such file; or as `open_store`.
    """
    from leaderboard.errors import SubmissionError

    store = open_store(options)
    if options.db is not None and store.database.is_absent:
        where = store.database.place.name
        raise SubmissionError(f"expected a leaderboard in {where} but there is no such file; submit or seed makes one")
    return store


def _place(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("expected a file or a URL but got an empty text")
    return text
