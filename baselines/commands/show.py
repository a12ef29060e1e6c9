"""`show`: the card of one method."""

from __future__ import annotations

import argparse
from typing import Any

_EXAMPLES = """\
examples:
  python -m baselines show emoportraits
  python -m baselines show emoportraits --model my-training/checkpoint
  python -m baselines show mine.py
  python -m baselines show fomm              an official repository: where to get it, what it needs, its traps

docs/method-card.md says what a run does with each field, and what it refuses where one is unknown.
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "show",
        help="the card of one method",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("method", metavar="NAME", help="a name, file.py, file.py:Class or package.module:Class")
    parser.add_argument("--model", metavar="DIR|ID", help="other weights, for methods that take them")
    parser.set_defaults(action=_run)


def _run(arguments: argparse.Namespace) -> int:
    from baselines.interface.card_text import card_lines
    from baselines.official.about import about
    from baselines.official.loading import split_name
    from baselines.registry import official_names, resolve

    spec = resolve(arguments.method, model=arguments.model)
    print(f"{spec.name}: {spec.target}")
    for name, text in card_lines(spec.card()):
        print(f"  {name:20}{text}")
    if arguments.method in official_names():
        found, variant = split_name(arguments.method)
        for name, text in about(found, variant):
            print(f"  {name:20}{text}")
    return 0
