"""Command line of the model: every module of `model.commands` is a verb."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from model import commands

_EPILOG = """\
examples:
  python -m model info emoportraits
  python -m model animate --source photo.jpg --driver clip.mp4 --out out.mp4
  python -m model convert-official 100_model.pth --pose-checkpoint head_pose_regressor.pth --out official
  python -m model train --data training-set --out run     (again: continues)
"""


def build_parser() -> argparse.ArgumentParser:
    """The command line; no heavy imports."""
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    parser = argparse.ArgumentParser(
        prog="python -m model",
        description="EMOPortraits: look at it, use it, train it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shown = ",".join(name.replace("_", "-") for name in names)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=f"{{{shown}}}")
    for name in names:
        importlib.import_module(f"{commands.__name__}.{name}").add(verbs)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (2 for bad input, 130 when interrupted)."""
    args = build_parser().parse_args(argv)
    try:
        return int(args.action(args))
    except commands.INPUT_ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; run the same command again to continue", file=sys.stderr)
        return 130
