"""`prepare`: face crops of a folder of videos or images."""

from __future__ import annotations

import argparse
from pathlib import Path

from feed_dataset.commands.arguments import positive

_EPILOG = """\
Without --follow moving, every clip has one crop, from the first frame with a face: what the benchmark does.
Run again to go on after a stop; what is there and unchanged is kept.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "prepare", help="face crops of a folder of videos or images; resumable", epilog=_EPILOG
    )
    parser.add_argument("data", type=Path, nargs="+", metavar="DIR", help="folders or files")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT")
    parser.add_argument("--corpus", metavar="NAME", help="only files of this corpus (see `corpora`)")
    parser.add_argument("--size", type=positive, default=512, metavar="PX")
    parser.add_argument("--scale", type=float, default=1.0, help="of the crop's side, 1: width + height of the face")
    parser.add_argument("--follow", choices=("fixed", "moving"), default="fixed", help="one crop, or one per frame")
    parser.add_argument("--smooth", type=float, default=0.4, metavar="S", help="of --follow moving, in seconds")
    parser.add_argument("--align", action="store_true", help="turn the crop so that the eyes are level")
    parser.add_argument("--masks", action="store_true", help="face_oval masks, and true parts of synthetic takes")
    parser.add_argument("--landmarks", action="store_true", help="store the 468 landmarks in crop pixels")
    parser.add_argument("--output", choices=("mp4", "png", "webp"), default="mp4")
    parser.add_argument("--crf", type=int, default=12, help="H.264 rate factor, less is better")
    parser.add_argument("--workers", type=positive, help="processes (default: the cores, at most 8)")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Prepare what the parsed arguments say; 1 when a source was unreadable. Raises FeedError."""
    from feed_dataset.core.jobs.errors import wrong_value
    from feed_dataset.core.jobs.executor import cpu_workers
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.core.jobs.writable import writable_folder
    from feed_dataset.prepare import PreparedClip, PrepareSettings, find_sources, prepare

    with wrong_value():
        settings = PrepareSettings(
            size_px=arguments.size,
            scale=arguments.scale,
            follow=arguments.follow,
            smooth_s=arguments.smooth,
            align=arguments.align,
            masks=arguments.masks,
            landmarks=arguments.landmarks,
            output=arguments.output,
            crf=arguments.crf,
        )
    writable_folder(arguments.out, "--out")
    sources = find_sources(arguments.data, leave_out=arguments.out, corpus=arguments.corpus)

    with ProgressBar(len(sources), "preparing") as bar:

        def show(clip: PreparedClip, is_new: bool) -> None:
            bar.advance(clip.id, clip.status if is_new or clip.status != "ok" else "is there")

        workers = arguments.workers or cpu_workers()
        made = prepare(arguments.data, arguments.out, settings, workers=workers, sources=sources, on_clip=show)
    print(made.summary())
    without = len(made) - made.made - made.kept
    print(f"{arguments.out}: {made.made} made, {made.kept} were there, {without} without crops; {len(made)} in all")
    return 1 if made.with_status("unreadable") else 0
