"""Command line of the model: every module of `model.commands` is a command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from feed_dataset.core.console.commands import parser_of_commands
from feed_dataset.core.console.room import Room, run_room

_EPILOG = """\
examples:
  python -m model info emoportraits
  python -m model animate --source photo.jpg --driver clip.mp4 --out out.mp4
  python -m model convert-official 100_model.pth --pose-checkpoint head_pose_regressor.pth --out official
  python -m model train --data training-set --out run     (again: continues)
"""


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """EMOPortraits: look at it, use it, train it."""
    room = Room("model", ("feed_dataset",), build_parser, lambda arguments: int(arguments.action(arguments)))
    return run_room(room, argv, prog)


def build_parser(prog: str = "python -m model") -> argparse.ArgumentParser:
    """The command line; no heavy imports."""
    return parser_of_commands("model.commands", prog, "EMOPortraits: look at it, use it, train it.", _EPILOG)
