"""`doctor`: whether one method could run on this machine, without running it."""

from __future__ import annotations

import argparse
from typing import Any

from baselines.options import add_method

_EXAMPLES = """\
examples:
  python -m baselines doctor emoportraits
  python -m baselines doctor fomm            what an official repository lacks here
  python -m baselines doctor mine.py --device cuda

python -m baselines mock-run NAME runs it on rendered input.
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "doctor",
        help="could a method run on this machine?",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_method(parser, "NAME")
    parser.set_defaults(action=_run)


def _run(arguments: argparse.Namespace) -> int:
    from baselines.doctor import examine
    from baselines.registry import resolve

    spec = resolve(arguments.method, model=arguments.model)
    found = examine(spec, arguments.device)
    for one in found:
        advice = f"; {one.advice}" if one.advice else ""
        print(f"{one.state:8} {one.what}: {one.detail}{advice}")
    return 1 if any(one.state == "missing" for one in found) else 0
