"""`get`: the results file of a submission."""

from __future__ import annotations

import argparse
from typing import Any

from leaderboard.commands.options import add_db, open_existing


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("get", help="print the results file of a submission")
    parser.add_argument("submission", type=int, metavar="N", help="number of the submission")
    add_db(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Print the document as it was sent."""
    from feed_dataset.core.console.streams import print_document

    print_document(open_existing(options).document(options.submission).rstrip("\n"))
    return 0
