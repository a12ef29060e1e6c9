"""`list`: which clips are there."""

from __future__ import annotations

import argparse
import sys

from feed_dataset.commands.arguments import add_selection


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("list", help="which clips are there, and what is wrong with the others")
    add_selection(parser)
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    from feed_dataset.catalog.catalog import open_catalog

    catalog = open_catalog(arguments.data)
    clips = catalog.select(subjects=arguments.subject, stems=arguments.stem, cameras=arguments.camera)
    for clip in clips:
        truth = "ground truth" if clip.ground_truth else "-"
        sound = "sound" if clip.has_audio else "-"
        print(f"{clip.id:24} {clip.split:10} {clip.task:10} {clip.mode:14} {sound:5} {truth}")
    subjects, takes = {clip.subject for clip in clips}, {clip.take_id for clip in clips}
    print(f"{catalog.name}: {len(clips)} clips, {len(takes)} takes, {len(subjects)} subjects in {catalog.root}")
    print(f"digest {catalog.digest[:16]}")
    if catalog.withdrawn:
        names = sorted({clip_id.partition("/")[0] for clip_id, _ in catalog.withdrawn})
        print(f"withdrawn, not listed: {len(catalog.withdrawn)} clips of {', '.join(names)}", file=sys.stderr)
    for path, reason in catalog.problems:
        print(f"problem: {path}: {reason}", file=sys.stderr)
    return 0
