"""`export`: a copy of a selection that `datasets.load_dataset` opens by its path."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from feed_dataset.commands.arguments import add_selection


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("export", help="copy a selection to a folder or the hub for load_dataset; resumable")
    add_selection(parser)
    parser.add_argument("--config", default="all", metavar="NAME", help='"all" (default), a task, or "paper"')
    parser.add_argument("--to", choices=("folder", "hub"), required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder; the hub gets it from there")
    parser.add_argument("--repo", metavar="USER/NAME", help="data set repository, with --to hub")
    parser.add_argument("--public", action="store_true", help="with --to hub: let everybody read it (default: private)")
    parser.add_argument("--accept-licence", action="store_true", help="say yes to the data's licence; needed once")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Export what the parsed arguments select; the exit code. Raises FeedError."""
    from feed_dataset.catalog.catalog import open_catalog
    from feed_dataset.core.jobs.errors import LayoutError
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.core.jobs.writable import writable_folder
    from feed_dataset.export import ExportError, export_folder, open_repository, plan_export, upload_export
    from feed_dataset.layout.configs import config_named

    to_hub = arguments.to == "hub"
    if to_hub != bool(arguments.repo):
        raise ExportError(f"expected --repo with --to hub only but got --to {arguments.to} and --repo {arguments.repo}")
    if arguments.public and not to_hub:
        raise ExportError("expected --public with --to hub only; a folder is as public as its place")
    writable_folder(arguments.out, "--out")
    config = config_named(arguments.config)
    catalog = open_catalog(arguments.data)
    chosen = catalog.select(subjects=arguments.subject, stems=arguments.stem, cameras=arguments.camera)
    clips = [clip for clip in chosen if config.takes(clip.task, clip.split)]
    if not clips:
        raise LayoutError(f"the selection from {catalog.root} has no clips")
    baseline = open_repository(arguments.repo, public=arguments.public) if to_hub else None
    with ProgressBar(total=len(clips), label="reading") as reading:
        plan = plan_export(catalog, clips, accept_licence=arguments.accept_licence, on_clip=reading.advance)
    with ProgressBar(total=len(plan.items), label="copying") as copying:
        report = export_folder(plan, arguments.out, baseline=baseline, on_clip=copying.advance)
    record = report.record
    for clip_id, reason in record.left_out.items():
        print(f"left out: {clip_id}: {reason}", file=sys.stderr)
    print(
        f"{report.folder}: {report.clips} clips, {report.left_out} left out, {len(record.files)} files "
        f"({report.copied} copied, {report.removed} removed), version {record.version}, digest {record.digest[:16]}"
    )
    if to_hub:
        print(f"{arguments.repo}: uploaded as {upload_export(report.folder, arguments.repo)}")
    return 0
