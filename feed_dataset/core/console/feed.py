"""`feed ROOM COMMAND ...`: the console script. Rooms register in the entry point group `feed.rooms`.

An entry point is a function `main(argv, prog) -> int`; the first line of its docstring stands in `feed --help`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points

from feed_dataset.core.console.handler import run_guarded
from feed_dataset.core.console.parser import SCRIPT, CommandParser
from feed_dataset.core.console.shadows import check_packages
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.suggestions import unknown

GROUP = "feed.rooms"
_DESCRIPTION = "One-shot head avatars: the FEED dataset, the EMOPortraits model, the benchmark, the leaderboard."
_EXAMPLES = """\
examples:
  feed benchmark run                  our model and the baselines on rendered data
  feed dataset index /data/FEED       what is there, hashed and probed once
  feed model animate --source photo.jpg --driver clip.mp4 --out out.mp4
  feed benchmark --help               the commands of a room
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command of a room; the exit code is the room's, see `run_guarded`."""
    return run_guarded(lambda: _dispatch(list(sys.argv[1:] if argv is None else argv)), SCRIPT)


def _dispatch(argv: list[str]) -> int:
    rooms = {entry.name: entry for entry in sorted(entry_points(group=GROUP))}
    if not rooms:
        raise FeedError("no room is registered; install this project (pip install -e .) or use: python -m benchmark")
    if argv and argv[0] in rooms:
        sys.argv[1:] = argv[1:]  # commands record how they were started as `python -m ROOM` with these
        return _load(rooms[argv[0]])(argv[1:], f"{SCRIPT} {argv[0]}")
    if argv and not argv[0].startswith("-"):
        raise FeedError(unknown("room", argv[0], rooms))
    _parser(rooms).parse_args(argv)
    return 0


def _load(entry: EntryPoint) -> Callable[[Sequence[str], str], int]:
    check_packages((entry.module.partition(".")[0],))
    load: Callable[[Sequence[str], str], int] = entry.load()
    return load


def _parser(rooms: Mapping[str, EntryPoint]) -> argparse.ArgumentParser:
    width = max(map(len, rooms))
    lines = [f"  {name:{width}}  {(_load(entry).__doc__ or '').partition(chr(10))[0]}" for name, entry in rooms.items()]
    parser = CommandParser(
        prog=SCRIPT,
        usage=f"{SCRIPT} ROOM COMMAND ...",
        description="\n".join([_DESCRIPTION, "", "rooms:", *lines]),
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("room", metavar="ROOM", help=argparse.SUPPRESS)
    return parser
