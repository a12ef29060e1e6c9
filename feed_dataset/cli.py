"""Command line of feed_dataset."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

from feed_dataset.core.console.parser import CommandParser
from feed_dataset.core.console.room import Room, run_room

COMMANDS = (
    "index",
    "verify",
    "info",
    "sync",
    "list",
    "corpora",
    "prepare",
    "export",
    "preview",
    "render",
    "render-speech",
)
"""In the order of the help; modules of feed_dataset.commands with "_" for "-"."""
_EPILOG = """\
examples:
  python -m feed_dataset index /data/FEED          what is there, hashed and probed once
  python -m feed_dataset verify /data/FEED         what is missing, damaged or out of sync
  python -m feed_dataset info /data/FEED           this copy's own Table 1 beside the paper's
  python -m feed_dataset list --data /data/FEED
  python -m feed_dataset prepare clips --out crops
  python -m feed_dataset preview /data/FEED --out sheets
  python -m feed_dataset render --out DIR --subject S01 --stem speech --size 256
  python -m feed_dataset render-speech --out speech --speakers 12 --clips 4
"""


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """FEED and its synthetic stand-in: index, verify, prepare, export, render."""
    room = Room("feed_dataset", (), build_parser, lambda arguments: int(arguments.action(arguments)))
    return run_room(room, argv, prog)


def build_parser(prog: str = "python -m feed_dataset") -> argparse.ArgumentParser:
    """The command line; no heavy imports."""
    parser = CommandParser(
        prog=prog,
        description="FEED and its synthetic stand-in, feed-mini.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar=f"{{{','.join(COMMANDS)}}}")
    for name in COMMANDS:
        importlib.import_module(f"feed_dataset.commands.{name.replace('-', '_')}").add(commands)
    return parser
