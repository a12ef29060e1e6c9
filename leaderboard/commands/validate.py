"""`validate`: everything that is wrong with a bundle, or how far its numbers follow from it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("validate", help="say everything that is wrong with a bundle, and its verdict")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a file that pack wrote")
    parser.add_argument("--protocol", type=Path, metavar="FILE", help="the protocol, if it is one of your own (YAML)")
    parser.add_argument(
        "--thorough", action="store_true", help="compute intervals of large sets again, too, which takes minutes"
    )
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Print one line a problem, then the verdict; 1 where the bundle is rejected."""
    from leaderboard.bundle.check import check_bundle
    from leaderboard.verdicts import SENTENCES

    checked = check_bundle(options.bundle, protocol_file=options.protocol, is_thorough=options.thorough)
    for problem in checked.problems:
        print(f"problem: {problem}")
    for level in ("recomputed", "self-reported"):
        metrics = [metric for metric, found in checked.levels.items() if found == level]
        if metrics:
            print(f"{level}: {', '.join(metrics)}")
    if checked.spot_checked:
        print(f"intervals computed again in part (all with --thorough): {', '.join(checked.spot_checked)}")
    for feature, why in checked.left_out.items():
        print(f"not in the bundle: {feature} ({why})")
    print(f"{checked.verdict}: {SENTENCES[checked.verdict]}")
    return 1 if checked.problems else 0
