"""What the commands share that read whole data directories."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.commands.arguments import positive

if TYPE_CHECKING:
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.manifest import FileDone


def add_directory(parser: argparse.ArgumentParser) -> None:
    """Which directory, how its files are named, how many processes read it."""
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("--corpus", default="feed", metavar="NAME", help="how files are named (default feed)")
    parser.add_argument("--workers", type=positive, metavar="N", help="processes (default: the cores, at most 8)")


def show_on(bar: ProgressBar) -> Callable[[FileDone], None]:
    """Move a bar by one for each file that is finished."""

    def show(done: FileDone) -> None:
        bar.total = done.total
        bar.advance(done.entry.id, done.entry.status if done.was_read else "unchanged")

    return show
