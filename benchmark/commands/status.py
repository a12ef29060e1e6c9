"""`status`: what a run's folder holds, and who works in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feed_dataset.core.jobs.claims import Claim

_EXAMPLES = """\
examples:
  python -m benchmark status runs/feed-mini-cross

Says how many cases each method has frames of, whether results are there, which processes work in the folder now and at
what, and which ended without a word. Their claims are taken over by the next run. It changes nothing.
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "status",
        help="what a run's folder holds, and who works in it",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Look and print."""
    from benchmark.engine.sharing import processes, tasks_at_work
    from benchmark.engine.state import contents_of, has_begun, results_line
    from benchmark.results.errors import BenchmarkError
    from feed_dataset.core.jobs.cells import one_line
    from feed_dataset.core.jobs.words import counted

    folder: Path = arguments.run.expanduser()
    if not folder.is_dir():
        raise BenchmarkError(f"expected the folder of a run but {folder} is none")
    found = contents_of(folder)
    working = processes(folder)
    is_empty = not found.methods and not working and not found.has_results
    if is_empty and not has_begun(folder):
        raise BenchmarkError(f"expected the folder of a run but {folder} has neither frames nor results")
    if is_empty:
        print("a run began here and ended early; the next one goes on here")
    print(one_line(results_line(folder)))
    for method, count in found.methods.items():
        print(one_line(f"frames of {method}: {counted(count, 'case')}"))
    print(f"features: {counted(found.features, 'file')}, {found.features_bytes / 1e6:.1f} MB")
    for claim in working:
        print(one_line(_words("process", claim)))
    for claim in tasks_at_work(folder):
        print(one_line(_words("at work", claim)))
    if not any(not claim.is_stale for claim in working):
        print("nobody works here")
    return 0


def _words(kind: str, claim: Claim) -> str:
    owner = claim.owner
    who = "unreadable claim" if owner is None else f"{owner.about} (pid {owner.pid} on {owner.host})"
    state = "gone, the next run takes over" if claim.is_stale else f"last sign {claim.age_s:.0f} s ago"
    return f"{kind}: {who}: {state}"
