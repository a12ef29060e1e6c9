"""Command line of the methods: every module of `baselines.commands` is a command."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path

from feed_dataset.core.console.parser import CommandParser
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
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent / "commands")]))
    parser = CommandParser(
        prog=prog,
        description="Methods to compare with, and your own: look at them, check them, set them up.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shown = ",".join(name.replace("_", "-") for name in names)
    parsers = parser.add_subparsers(dest="command", required=True, metavar=f"{{{shown}}}")
    for name in names:
        importlib.import_module(f"baselines.commands.{name}").add(parsers)
    return parser
