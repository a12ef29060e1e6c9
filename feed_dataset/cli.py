"""Command line of feed_dataset."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from feed_dataset.core.jobs.errors import FeedError

VERBS = ("index", "verify", "info", "sync", "list", "corpora", "prepare", "export", "preview", "render")
"""Modules of feed_dataset.commands, in the order of the help."""
_EPILOG = """\
examples:
  python -m feed_dataset index /data/FEED          what is there, hashed and probed once
  python -m feed_dataset verify /data/FEED         what is missing, damaged or out of sync
  python -m feed_dataset info /data/FEED           this copy's own Table 1 beside the paper's
  python -m feed_dataset list --data /data/FEED
  python -m feed_dataset prepare clips --out crops
  python -m feed_dataset preview /data/FEED --out sheets
  python -m feed_dataset render --out DIR --subject S01 --stem speech --size 256
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it went well, 2 for wrong input, with one line on stderr."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.action(arguments))
    except (FeedError, ValueError) as error:
        print(f"feed_dataset: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to flush at exit
        return 0
    except KeyboardInterrupt:
        print("feed_dataset: stopped; the same command goes on from here", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m feed_dataset",
        description="FEED and its synthetic stand-in, feed-mini.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=f"{{{','.join(VERBS)}}}")
    for verb in VERBS:
        importlib.import_module(f"feed_dataset.commands.{verb}").add(verbs)
    return parser
