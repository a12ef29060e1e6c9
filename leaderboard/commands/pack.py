"""`pack`: a run as one bundle."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("pack", help="write a run as one bundle: results, rows and features")
    parser.add_argument("run", type=Path, metavar="RUN_DIR", help="the folder of a run")
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where to (default: here)")
    parser.add_argument("--clips", action="store_true", help="with previews of the cases that the run's report plays")
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Write the bundle; print its path, and what it has not."""
    from leaderboard.bundle.clips import make_clips
    from leaderboard.bundle.pack import pack

    packed = pack(options.run, options.out, clips=make_clips if options.clips else None)
    for feature, why in packed.left_out.items():
        print(f"left out: {feature} ({why}); metrics that read it stay self-reported")
    print(f"{packed.path} ({packed.size / 2**20:.1f} MiB)")
    return 0
