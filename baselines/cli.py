"""Command line of the methods: every module of `baselines.commands` is a command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from feed_dataset.core.console.commands import parser_of_commands
from feed_dataset.core.console.room import Room, run_room

_EPILOG = """\
examples:
  python -m baselines list
  python -m baselines new mine               a starting file for your own method
  python -m baselines mock-run mine.py       does it keep the rules?
  python -m baselines doctor emoportraits
  python -m baselines setup fomm --checkout ~/first-order-model --checkpoints ~/weights --python ~/fomm-env/bin/python
"""


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Methods to compare with, and your own: look at them, check them, set them up."""
    room = Room(
        "baselines", ("feed_dataset", "model"), build_parser, lambda arguments: int(arguments.action(arguments))
    )
    return run_room(room, argv, prog)


def build_parser(prog: str = "python -m baselines") -> argparse.ArgumentParser:
    """The command line; no heavy imports."""
    return parser_of_commands(
        "baselines.commands",
        prog,
        "Methods to compare with, and your own: look at them, check them, set them up.",
        _EPILOG,
    )
