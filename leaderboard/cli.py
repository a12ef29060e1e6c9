"""The command line: one command per module of `leaderboard.commands`; what is heavy is imported when one runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

from feed_dataset.core.console.parser import CommandParser
from feed_dataset.core.console.room import Room, run_room

COMMANDS = ("pack", "validate", "rescore", "submit", "show", "get", "seed", "build-site", "serve", "token", "study")
"""Commands in the order of the help; each is a module of leaderboard.commands, with _ for -."""
_EXAMPLES = """\
examples:
  python -m leaderboard pack runs/feed-mini-cross --out bundles
  python -m leaderboard validate bundles/SHA256.bundle.zip
  python -m leaderboard submit runs/feed-mini-cross/results.json
  python -m leaderboard show --protocol feed-mini-cross --sort "expression_transfer[mesh468]"
  python -m leaderboard show --format html > leaderboard.html
  python -m leaderboard get 3 > results.json

The file is $FEED_LEADERBOARD, or ~/.local/share/feed/leaderboard.sqlite3, unless --db names another.
"""


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Keep results of benchmark runs, and show them beside published numbers."""
    room = Room("leaderboard", ("feed_dataset", "benchmark"), build_parser, _run)
    return run_room(room, argv, prog)


def build_parser(prog: str = "python -m leaderboard") -> argparse.ArgumentParser:
    """The command line; no heavy imports."""
    parser = CommandParser(
        prog=prog,
        description="Keep results of benchmark runs, and show them beside published numbers.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"leaderboard.commands.{name.replace('-', '_')}").add_parser(commands)
    return parser


def _run(options: argparse.Namespace) -> int:
    return int(options.run_command(options))
