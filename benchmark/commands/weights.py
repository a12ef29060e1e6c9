"""`weights`: which networks are here, and how to get the others."""

from __future__ import annotations

import argparse
from typing import Any

_EXAMPLES = """\
examples:
  python -m benchmark weights list
  python -m benchmark weights download fid-inception
  python -m benchmark weights import ~/Downloads/w600k_r50.onnx          # recognised by its hash
  python -m benchmark weights import ~/Downloads/buffalo_l.zip           # or the archive that it comes in
  python -m benchmark weights list --facts
"""


def add_parser(verbs: Any) -> None:
    """Add the verb to the command line."""
    from feed_dataset.commands import weights as commands

    parser = verbs.add_parser(
        "weights",
        help="list, download, verify or import network weights",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands.add_commands(parser)
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Hand over to the weights registry's own commands."""
    from feed_dataset.commands import weights as commands

    return commands.run(arguments)
