"""`sync`: whether the cameras of each take run on one clock."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "sync",
        help="estimate the offset of each camera of a take, from sound or motion",
        description="Prints a line per take: by how much each camera's clock is off and drifts, and how sure that "
        "is. The exit code is 1 when a camera is off by more than --tolerance at the start or the end of a take.",
    )
    parser.add_argument("data", nargs="?", type=Path, metavar="DIR", help="data directory (default: feed-mini)")
    parser.add_argument("--take", action="append", metavar="ID", help="such as ID_1/random; repeatable")
    parser.add_argument("--tolerance", type=float, metavar="S", help="seconds (default: half a frame, as in reading)")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit takes; the exit code. Raises FeedError."""
    from feed_dataset.catalog.catalog import open_catalog
    from feed_dataset.core.jobs.errors import VideoDecodeError
    from feed_dataset.core.media.scan import build_frame_index

    catalog = open_catalog(arguments.data)
    takes = [catalog.take(name) for name in arguments.take] if arguments.take else catalog.takes()
    off = 0
    print(f"{'take':24} {'method':7} offset of each camera in ms (confidence)")
    for take in takes:
        if len(take.clips) < 2:
            print(f"{take.id:24} {'-':7} one camera only")
            continue
        reference = "C" if "C" in take.clips else next(iter(take.clips))
        try:
            audit = take.audit(reference)
        except VideoDecodeError as error:
            off += 1
            print(f"{take.id:24} {'-':7} {error}", file=sys.stderr)
            continue
        cells, is_off = [], False
        for view, offset_s in audit.offsets_s.items():
            sure = f"({audit.confidence[view]:.2f})"
            ppm = audit.drifts_ppm[view]
            drift = f"{ppm:+.0f} ppm " if round(ppm) else ""
            cells.append(
                f"{view} {1000 * offset_s:+.1f} {drift}{sure}" if audit.is_reliable(view) else f"{view} unknown {sure}"
            )
            index = take.indices.get(view) or build_frame_index(take.clips[view].path)
            most_s = index.frame_s / 2 if arguments.tolerance is None else arguments.tolerance
            is_off = is_off or abs(audit.late_s(view, index.last_s)) > most_s
        off += is_off
        print(f"{take.id:24} {audit.method:7} {'  '.join(cells)}{'  OFF' if is_off else ''}", flush=True)
    print(f"{catalog.name}: {len(takes)} takes, {off} out of sync or unreadable")
    return 1 if off else 0
