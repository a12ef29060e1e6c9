"""`index`: the manifest of a data directory."""

from __future__ import annotations

import argparse

from feed_dataset.commands.directories import add_directory, show_on

_EPILOG = """\
Writes DIR/feed_manifest.parquet (in the cache where DIR cannot be written to): per file sha256, format, size, rate,
frame count, times, sound, an index for exact seeking, and whether it is ok, missing, corrupt or withdrawn.
Files that did not change since the last run are not read again, and a run that was killed goes on where it was.
Links out of DIR are not followed unless FEED_LINK_ROOTS names a folder above their targets. Files of people
who withdrew are neither decoded nor hashed; FEED_WITHDRAWN=ID_3,ID_9 or DIR/withdrawn.json adds to the list.

examples:
  python -m feed_dataset index /data/FEED
  python -m feed_dataset index /data/MEAD --corpus mead --workers 8
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "index",
        help="make the manifest of a data directory; resumable",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_directory(parser)
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.manifest import index_directory, manifest_path

    with ProgressBar(0, "indexing") as bar:
        manifest = index_directory(arguments.directory, arguments.corpus, arguments.workers, show_on(bar))
    for entry in manifest.entries:
        if entry.status == "corrupt":
            print(f"corrupt: {entry.path}: {entry.reason}")
    for path, reason in manifest.strangers:
        print(f"not of this corpus: {path}: {reason}")
    counts = ", ".join(f"{count} {status}" for status, count in manifest.counts().items() if count)
    print(f"{manifest_path(manifest.root, manifest.corpus)}: {counts}; digest {manifest.digest[:16]}")
    return 0
