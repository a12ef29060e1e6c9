"""`seed`: store the shipped methods' results."""

from __future__ import annotations

import argparse
from typing import Any

from leaderboard.commands.options import add_db, open_store


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("seed", help="store results of the shipped methods, checked like anybody's")
    add_db(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Check and store each shipped results file that is not there yet."""
    from leaderboard.errors import AlreadyStored
    from leaderboard.seeds import seeds
    from leaderboard.store.submissions import Attachments

    store = open_store(options)
    for seed in seeds():
        protocol = seed.submission.results.protocol
        try:
            number = store.add(seed.submission, attachments=Attachments(clips=seed.clips))
        except AlreadyStored:
            print(f"{protocol.name} v{protocol.version}: there already")
        else:
            print(f"{protocol.name} v{protocol.version}: submission {number}")
    return 0
