"""`preview`: look at clips without opening them one by one."""

from __future__ import annotations

import argparse
from pathlib import Path

from feed_dataset.commands.arguments import add_selection, positive
from feed_dataset.errors import FeedError


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("preview", help="write a contact sheet of clips")
    add_selection(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="PNG")
    parser.add_argument("--columns", type=positive, default=8, help="frames per clip (default 8)")
    parser.add_argument("--tile", type=positive, default=160, metavar="PX", help="width of a frame (default 160)")
    parser.add_argument("--rows", type=positive, default=24, help="clips at most (default 24)")
    parser.add_argument("--landmarks", action="store_true", help="draw ground truth landmarks")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    from feed_dataset.catalog import open_catalog
    from feed_dataset.preview import contact_sheet, save_sheet

    catalog = open_catalog(arguments.data)
    cameras = arguments.camera or (["C"] if any(clip.camera == "C" for clip in catalog.clips) else None)
    clips = catalog.select(subjects=arguments.subject, stems=arguments.stem, cameras=cameras)
    if not clips:
        raise FeedError("expected a selection with clips but it is empty")
    if arguments.out.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise FeedError(f"expected --out to end in .png or .jpg but got {arguments.out}")
    shown = clips[: arguments.rows]
    sheet = contact_sheet(shown, columns=arguments.columns, tile_px=arguments.tile, landmarks=arguments.landmarks)
    save_sheet(arguments.out, sheet)
    left_out = f", {len(clips) - len(shown)} left out (--rows)" if len(clips) > len(shown) else ""
    print(f"{arguments.out}: {len(shown)} clips{left_out}")
    return 0
