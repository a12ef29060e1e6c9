"""`gc`: make the feature stores of runs smaller, by age and size."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmark.commands.options import not_negative

_DAY_S = 86_400
_GB = 1_000_000_000

_EXAMPLES = """\
examples:
  python -m benchmark gc runs/feed-mini-cross --max-gb 2
  python -m benchmark gc runs/* --older-than-days 30 --dry-run

Removes features of videos and scores of whole sets (they are made again when a run needs them), the longest unused
first. Frames of methods and results stay. A folder where a process works is refused, and a run that begins meanwhile
waits for a moment.

exit codes: 0 done, 2 wrong input or a folder in use
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "gc",
        help="make the feature stores of runs smaller",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders of runs")
    parser.add_argument("--older-than-days", type=not_negative, metavar="D", help="what was not used for so long")
    parser.add_argument("--max-gb", type=not_negative, metavar="G", help="what each store may have left, in 10^9 bytes")
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Choose, remove, say how much."""
    import time

    from benchmark.engine.state import check_unused, features_of, is_run, remove_features, to_remove
    from benchmark.results.errors import BenchmarkError
    from feed_dataset.core.jobs.words import counted
    from feed_dataset.core.jobs.writable import writable_folder

    if arguments.older_than_days is None and arguments.max_gb is None:
        raise BenchmarkError("expected --older-than-days D or --max-gb G but got neither; nothing is removed")
    folders = [place.expanduser() for place in arguments.runs]
    for folder in folders:
        if not folder.is_dir():
            raise BenchmarkError(f"expected the folder of a run but {folder} is none")
        if not is_run(folder):
            raise BenchmarkError(f"expected the folder of a run but {folder} has no features, frames or results")
        if not arguments.dry_run:
            writable_folder(folder, "RUN")
        check_unused(folder)
    for folder in folders:
        found = list(features_of(folder))
        chosen = to_remove(
            found,
            now_s=time.time(),
            older_than_s=None if arguments.older_than_days is None else arguments.older_than_days * _DAY_S,
            most_bytes=None if arguments.max_gb is None else int(arguments.max_gb * _GB),
        )
        if not arguments.dry_run:
            remove_features(folder, chosen)
        freed, all_bytes = (sum(one.size_bytes for one in files) for files in (chosen, found))
        verb = "would remove" if arguments.dry_run else "removed"
        print(
            f"{folder}: {verb} {counted(len(chosen), 'file')} of {len(found)}, {freed / 1e6:.1f} of"
            f" {all_bytes / 1e6:.1f} MB"
        )
    return 0
