"""Command line of feed_dataset: render, preview, list."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from feed_dataset.errors import FeedError

_EPILOG = """\
examples:
  python -m feed_dataset list
  python -m feed_dataset list --data /data/FEED
  python -m feed_dataset preview --stem random --out sheet.png
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
    except KeyboardInterrupt:
        print("feed_dataset: stopped; the same command goes on from here", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    from feed_dataset.mini import SETTINGS

    parser = argparse.ArgumentParser(
        prog="python -m feed_dataset",
        description="FEED and its synthetic stand-in, feed-mini.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="{list,preview,render}")

    listing = verbs.add_parser("list", help="which clips are there, and what is wrong with the others")
    _add_selection(listing)
    listing.set_defaults(action=_list)

    preview = verbs.add_parser("preview", help="write a contact sheet of clips")
    _add_selection(preview)
    preview.add_argument("--out", type=Path, required=True, metavar="PNG")
    preview.add_argument("--columns", type=_positive, default=8, help="frames per clip (default 8)")
    preview.add_argument("--tile", type=_positive, default=160, metavar="PX", help="width of a frame (default 160)")
    preview.add_argument("--rows", type=_positive, default=24, help="clips at most (default 24)")
    preview.add_argument("--landmarks", action="store_true", help="draw ground truth landmarks")
    preview.set_defaults(action=_preview)

    render = verbs.add_parser("render", help="render synthetic takes in FEED's layout; resumable")
    render.add_argument("--out", type=Path, required=True, metavar="DIR")
    render.add_argument(
        "--subject",
        action="append",
        metavar="NAME",
        help="S01 ... S08 or R<seed> for a random person; repeatable",
    )
    render.add_argument("--stem", action="append", metavar="NAME", help="such as random; repeatable")
    render.add_argument("--size", type=_positive, default=SETTINGS.size_px, metavar="PX")
    render.add_argument("--frames", type=_positive, default=SETTINGS.frame_count)
    render.add_argument("--fps", type=_positive, default=SETTINGS.fps)
    render.add_argument("--seed", type=int, default=SETTINGS.seed)
    render.add_argument("--crf", type=int, default=SETTINGS.crf, help="H.264 rate factor, less is better")
    render.add_argument("--workers", type=_positive, help="processes (default: half of the cores)")
    render.set_defaults(action=_render)
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="a FEED directory (default: feed-mini)")
    parser.add_argument("--subject", action="append", metavar="NAME")
    parser.add_argument("--stem", action="append", metavar="NAME")
    parser.add_argument("--camera", action="append", metavar="{C,L,R}")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive number but got {text}")
    return value


def _list(arguments: argparse.Namespace) -> int:
    from feed_dataset.catalog import open_catalog

    catalog = open_catalog(arguments.data)
    clips = catalog.select(subjects=arguments.subject, stems=arguments.stem, cameras=arguments.camera)
    for clip in clips:
        truth = "ground truth" if clip.ground_truth else "-"
        sound = "sound" if clip.has_audio else "-"
        print(f"{clip.id:24} {clip.split:5} {clip.task:10} {clip.mode:14} {sound:5} {truth}")
    subjects, takes = {clip.subject for clip in clips}, {clip.take_id for clip in clips}
    print(f"{catalog.name}: {len(clips)} clips, {len(takes)} takes, {len(subjects)} subjects in {catalog.root}")
    print(f"digest {catalog.digest[:16]}")
    for path, reason in catalog.problems:
        print(f"problem: {path}: {reason}", file=sys.stderr)
    return 0


def _preview(arguments: argparse.Namespace) -> int:
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


def _render(arguments: argparse.Namespace) -> int:
    from feed_dataset.rendering_cli import render_with_progress

    return render_with_progress(arguments)
