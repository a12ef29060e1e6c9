"""`build-site`: the pages as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from leaderboard.commands.options import add_db, open_existing


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("build-site", help="write the pages as files that any web server, or a disk, shows")
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write them")
    add_db(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Read what is stored, and write every page of it."""
    from feed_dataset.core.jobs.errors import words_of
    from leaderboard.errors import SubmissionError
    from leaderboard.web.site import write_site
    from leaderboard.web.source import SiteSource

    store = open_existing(options)
    source = SiteSource(store)
    documents = {one.number: store.document(one.number) for one in store.submissions()}
    try:
        count = write_site(options.folder, source.site(is_static=True), documents, source.clip_files)
    except OSError as error:
        raise SubmissionError(f"cannot write the pages into {options.folder}: {words_of(error)}") from error
    print(f"{count} files in {options.folder}: open {options.folder / 'index.html'}")
    return 0
