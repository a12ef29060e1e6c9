"""`preview`: look at a data directory without opening its clips one by one."""

from __future__ import annotations

import argparse
from pathlib import Path

from feed_dataset.commands.arguments import positive
from feed_dataset.core.jobs.errors import FeedError


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "preview", help="write contact sheets per subject and task, and the views side by side"
    )
    parser.add_argument("directory", type=Path, nargs="?", metavar="DIR", help="a FEED directory (default: feed-mini)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to (default: preview_<name of DIR>)")
    parser.add_argument("--subject", action="append", metavar="NAME")
    parser.add_argument("--stem", action="append", metavar="NAME")
    parser.add_argument("--columns", type=positive, default=8, help="frames per clip (default 8)")
    parser.add_argument("--tile", type=positive, default=160, metavar="PX", help="width of a frame (default 160)")
    parser.add_argument("--rows", type=positive, default=24, help="clips on a sheet at most (default 24)")
    parser.add_argument("--landmarks", action="store_true", help="draw ground truth landmarks")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the sheets and the film; the exit code. Raises FeedError."""
    from dataclasses import replace

    from feed_dataset.catalog.catalog import open_catalog
    from feed_dataset.catalog.preview import PreviewOptions, sheet_count, write_preview
    from feed_dataset.core.jobs.errors import wrong_value
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.core.jobs.writable import writable_folder

    catalog = open_catalog(arguments.directory)
    clips = catalog.select(subjects=arguments.subject, stems=arguments.stem)
    if not clips:
        raise FeedError(f"the selection from {catalog.root} has no clips")
    chosen = replace(catalog, clips=clips)
    out = arguments.out or Path(f"preview_{catalog.name}")
    writable_folder(out, "--out")
    with wrong_value():
        options = PreviewOptions(arguments.columns, arguments.tile, arguments.rows, arguments.landmarks)
    with ProgressBar(sheet_count(chosen), "preview") as bar:
        written = write_preview(chosen, out, options, on_file=lambda path: bar.advance(path.name, "written"))
    print(f"{out}: {len(written)} files from {len(clips)} clips of {catalog.name}")
    return 0
