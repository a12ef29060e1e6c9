"""`report`: write the HTML page of a finished run again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

_EXAMPLES = """\
examples:
  python -m benchmark report runs/feed-mini-cross
  python -m benchmark report runs/feed-mini-cross/results.json
"""


def add_parser(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "report",
        help="write report.html of a finished run again",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results.json or the folder that holds it")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Read the results, write the page beside them, print the table."""
    from benchmark.report.page import write_report
    from benchmark.report.table import print_results, results_console
    from benchmark.results.errors import ResultsError
    from benchmark.results.schema import Results
    from feed_dataset.core.jobs.writable import writable_folder

    path = arguments.results / "results.json" if arguments.results.is_dir() else arguments.results
    results = Results.load(path)
    if not results.methods:
        raise ResultsError(f"expected results of a method but {path} has none; there is nothing to report")
    writable_folder(path.parent, "RESULTS, in a copy of the run")
    ours = results.methods[0].name
    report = write_report(results, path.parent, ours=ours)
    console = results_console()
    print_results(results, console, ours=ours)
    console.print(f"report: {report}", markup=False, soft_wrap=True)
    return 0
