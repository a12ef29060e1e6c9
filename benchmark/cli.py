"""The command line: one command per module of `benchmark.commands`; what is heavy is imported when one runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

from feed_dataset.core.console.parser import CommandParser
from feed_dataset.core.console.room import Room, run_room

COMMANDS = (
    "run",
    "score",
    "stage",
    "ceilings",
    "doctor",
    "list",
    "show",
    "validate",
    "weights",
    "report",
    "compare",
    "diff",
    "merge",
    "show-results",
    "sheet",
    "status",
    "gc",
    "crosscheck",
)
"""Commands in the order of the help; each is a module of benchmark.commands, with _ for -."""
_EXAMPLES = """\
examples:
  python -m benchmark run                              our model and the baselines on rendered FEED
  python -m benchmark run --method emoportraits,copy-source --limit 2
  python -m benchmark run --data /path/to/FEED         the same on real videos
  python -m benchmark score --generated out/ --reference real/      videos that you have already
  python -m benchmark doctor                           does every metric give its known answers here?
  python -m benchmark list metrics csim[dlib]          what a number means
  python -m benchmark show paper-table3-mead           a protocol, and what the paper left open
  python -m benchmark validate my_protocol.yaml        is that file a protocol?
  python -m benchmark report runs/feed-mini-cross      write report.html again
  python -m benchmark compare runs/mine runs/theirs    several runs in one table, as far as they may be compared
  python -m benchmark diff runs/mine runs/theirs       the first differing input behind two numbers
"""


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Evaluate one-shot head avatars: run a protocol, score videos, check metrics."""
    room = Room("benchmark", ("feed_dataset", "baselines", "model"), build_parser, _run)
    return run_room(room, argv, prog)


def build_parser(prog: str = "python -m benchmark") -> argparse.ArgumentParser:
    """The whole command line; no heavy imports."""
    parser = CommandParser(
        prog=prog,
        description="Evaluate one-shot head avatars: standard numbers, their uncertainty, failures counted.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parsers = parser.add_subparsers(dest="verb", required=True, metavar=f"{{{','.join(COMMANDS)}}}")
    for name in COMMANDS:
        importlib.import_module(f"benchmark.commands.{name.replace('-', '_')}").add_parser(parsers)
    return parser


def _run(arguments: argparse.Namespace) -> int:
    return int(arguments.run_verb(arguments))
