"""`new`: a starting file for a method of one's own."""

from __future__ import annotations

import argparse
from typing import Any

_EXAMPLES = """\
examples:
  python -m baselines new mine                    mine.py: a class that is imported here
  python -m baselines new mine --kind command     mine.py: a tool of another environment, started for all cases
  python -m baselines mock-run mine.py
  python -m benchmark run --method mine.py
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "new",
        help="write a starting file for a method of your own",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", help="of the method; NAME.py is written into this folder")
    parser.add_argument("--kind", choices=("class", "command"), default="class", help="(default: %(default)s)")
    parser.set_defaults(action=_run)


def _run(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from baselines.interface.errors import MethodConflict
    from baselines.registry import names, official_names
    from baselines.templates import write_method

    if arguments.name in (*names(), *official_names()):
        raise MethodConflict(f"expected a name of its own but {arguments.name!r} is a method of this package")
    path = write_method(arguments.name, arguments.kind, Path.cwd())
    print(f"{path.name} is a method that runs; make it yours. Next: feed baselines mock-run {path.name}")
    return 0
