"""`validate`: everything that is wrong with a bundle, or how far its numbers follow from it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("validate", help="say everything that is wrong with a bundle, and its verdict")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a file that pack wrote, or a results repository")
    parser.add_argument("--protocol", type=Path, metavar="FILE", help="the protocol, if it is one of your own (YAML)")
    parser.add_argument(
        "--thorough", action="store_true", help="compute intervals of large sets again, too, which takes minutes"
    )
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> int:
    """Print one line a problem, then the verdict; 1 where a bundle is rejected."""
    from feed_dataset.core.jobs.words import counted
    from leaderboard.bundle.folder import beside_problems, bundles_in
    from leaderboard.errors import SubmissionError

    if not options.bundle.exists():
        raise SubmissionError(f"expected a bundle, or a results repository, but there is no {options.bundle}")
    if not options.bundle.is_dir():
        return int(_is_rejected(options.bundle, options))
    bundles = bundles_in(options.bundle)
    if not bundles:
        raise SubmissionError(f"expected a bundle, or a results repository, but {options.bundle} has no bundles")
    rejected = 0
    for path in bundles:
        print(path.relative_to(options.bundle))
        beside = beside_problems(path)
        for problem in beside:
            print(f"problem: {problem}")
        rejected += _is_rejected(path, options) or bool(beside)
    print(f"{counted(len(bundles), 'bundle')}, {rejected} with problems")
    return int(rejected > 0)


def _is_rejected(path: Path, options: argparse.Namespace) -> bool:
    from feed_dataset.core.jobs.cells import one_line
    from leaderboard.bundle.check import check_bundle
    from leaderboard.verdicts import SENTENCES

    checked = check_bundle(path, protocol_file=options.protocol, is_thorough=options.thorough)
    for problem in checked.problems:
        print(f"problem: {problem}")
    for level in ("recomputed", "self-reported"):
        metrics = [metric for metric, found in checked.levels.items() if found == level]
        if metrics:
            print(f"{level}: {', '.join(metrics)}")
    if checked.spot_checked:
        print(f"intervals computed again in part (all with --thorough): {', '.join(checked.spot_checked)}")
    for feature, why in checked.left_out.items():
        print(one_line(f"not in the bundle: {feature} ({why})"))
    print(f"{checked.verdict}: {SENTENCES[checked.verdict]}")
    return bool(checked.problems)
