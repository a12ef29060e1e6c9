"""`verify`: what is missing, damaged, duplicated or out of sync."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from feed_dataset.commands.directories import add_directory, show_on

if TYPE_CHECKING:
    from feed_dataset.manifest.verify import Verification

_EPILOG = """\
Reads every file again and writes nothing. Exit code 1 when a file is damaged, has other contents than when it was
indexed, is gone since, or has the contents of another clip; 0 otherwise: what was never there, is new, withdrawn or
out of sync is shown, for it may be as it was published.

Views are out of sync when their presentation times begin or last differently, by more than --tolerance (0.1 s). --sync
also compares sound, or motion where there is none, which decodes the videos; there the tolerance is half a frame, as in
reading: what is further apart is read as another frame.

examples:
  python -m feed_dataset verify /data/FEED
  python -m feed_dataset verify /data/FEED --decode --sync
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "verify",
        help="what is missing, damaged, duplicated or out of sync",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_directory(parser)
    parser.add_argument("--decode", action="store_true", help="decode every frame: finds damage inside frames; slow")
    parser.add_argument("--sync", action="store_true", help="compare the cameras' sound or motion; slow")
    parser.add_argument("--tolerance", type=_seconds, metavar="S", help="between views, instead of both")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 1 when something is damaged. Raises FeedError."""
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.manifest.findings import SYNC_TOLERANCE_S
    from feed_dataset.manifest.verify import verify_directory

    with ProgressBar(0, "verifying") as bar:
        found = verify_directory(
            arguments.directory,
            arguments.corpus,
            arguments.workers,
            show_on(bar),
            decode=arguments.decode,
            tolerance_s=SYNC_TOLERANCE_S if arguments.tolerance is None else arguments.tolerance,
        )
    unknown: tuple[str, ...] = ()
    if arguments.sync:
        from feed_dataset.manifest.sync import takes_of, with_audit

        with ProgressBar(len(takes_of(found.manifest)), "comparing cameras") as bar:
            found, unknown = with_audit(found, arguments.tolerance, arguments.workers, bar.advance)
    _print(found, unknown)
    return 1 if found.is_damaged else 0


def _print(found: Verification, unknown: tuple[str, ...]) -> None:
    from feed_dataset.manifest.info import aligned
    from feed_dataset.manifest.verify import absent_subjects, known_hole, table

    print(aligned(table(found)))
    lines: dict[tuple[str, str, str, str], list[str]] = {}  # one per subject, task and fault
    for finding in found.findings:
        hole = known_hole(finding.id) if finding.fault == "missing" else ""
        detail = f"{finding.detail}; {hole}" if hole else finding.detail
        lines.setdefault((finding.fault, finding.subject, finding.task or "-", detail), []).append(finding.id)
    for (fault, subject, task, detail), ids in lines.items():
        print(f"{fault}: {subject} {task}: {', '.join(ids)}: {detail}")
    absent = absent_subjects(found.manifest)
    if absent:
        print(f"not here, of the public release: {', '.join(absent)}")
    for subject in absent:
        if known_hole(subject):
            print(f"known hole of the public release: {subject}: {known_hole(subject)}")
    for path, reason in found.manifest.strangers:
        print(f"not of this corpus: {path}: {reason}")
    for line in unknown:
        print(f"sync not known: {line}")
    if not found.was_indexed:
        print("not indexed: contents are compared with nothing; run `feed dataset index DIR`")
    faults: dict[str, int] = {}
    for finding in found.findings:
        faults[finding.fault] = faults.get(finding.fault, 0) + 1
    good = found.manifest.counts()["ok"]
    verdict = "there is damage" if found.is_damaged else "no damage"
    print(", ".join([f"result: {verdict}; {good} files ok", *(f"{count} {fault}" for fault, count in faults.items())]))


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds of at least 0 but got {text}")
    return value
