"""`build-site`: the pages as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from leaderboard.commands.options import add_db


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("build-site", help="write the pages as files that any web server, or a disk, shows")
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write them")
    add_db(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Read what is stored, and write every page of it."""
    from feed_dataset.core.jobs.errors import words_of
    from leaderboard import store
    from leaderboard.cases import StoredCases
    from leaderboard.errors import SubmissionError
    from leaderboard.web.board import boards_of
    from leaderboard.web.facts import facts_of
    from leaderboard.web.pages import Site
    from leaderboard.web.site import write_site

    path = options.db or store.default_path()
    groups = store.groups(path)
    numbers = sorted({entry.submission for entries in groups.values() for entry in entries})
    documents = {number: store.document(path, number) for number in numbers}
    boards = boards_of(groups, lambda number: facts_of(documents[number]))
    site = Site(boards, StoredCases(documents.__getitem__), is_static=True)
    try:
        count = write_site(options.folder, site, documents)
    except OSError as error:
        raise SubmissionError(f"cannot write the pages into {options.folder}: {words_of(error)}") from error
    print(f"{count} files in {options.folder}: open {options.folder / 'index.html'}")
    return 0
