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


def _place(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("expected a file or a URL but got an empty text")
    return text
