"""`merge`: results of several runs of one protocol in one file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

_EXAMPLES = """\
examples:
  python -m benchmark merge runs/all runs/mine runs/theirs
  python -m benchmark merge all.json first-half.json second-half.json

Runs have other methods on the same cases, or other cases of one method. Whatever two of them say differently of the
same thing is refused by its name. Aggregates of single cases are derived again from all rows; a metric of a whole set
(FID, KID, AUC_z) stays where one run has all cases, else it is "not computed".

exit codes: 0 done, 2 wrong input or a conflict
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "merge",
        help="results of several runs of one protocol in one file",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder, or a new file that ends in .json")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders of runs, or results files")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, merge, write whole or not at all."""
    from benchmark.results.errors import BenchmarkError
    from benchmark.results.schema import RESULTS_FILE
    from benchmark.runs.merge import merged
    from benchmark.runs.opened import open_runs
    from feed_dataset.core.jobs.words import counted
    from feed_dataset.core.jobs.writable import writable_folder

    out: Path = arguments.out.expanduser()
    target = out if out.suffix == ".json" else out / RESULTS_FILE
    if target.exists() or target.is_symlink():
        raise BenchmarkError(f"expected a new file but {target} exists; name another one")
    if len(arguments.runs) < 2:
        raise BenchmarkError("expected at least two runs after OUT but got one")
    whole = merged(open_runs([place.expanduser() for place in arguments.runs]))
    writable_folder(target.parent, "OUT")
    target.parent.mkdir(parents=True, exist_ok=True)
    whole.save(target)
    methods, cases = counted(len(whole.methods), "method"), counted(len(whole.protocol.case_ids), "case")
    print(f"results: {target} ({methods} on {cases})")
    return 0
