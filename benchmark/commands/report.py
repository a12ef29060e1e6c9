"""`report`: write the HTML page of a finished run again, or its tables in the layout of papers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

_EXAMPLES = """\
examples:
  python -m benchmark report runs/feed-mini-cross
  python -m benchmark report runs/feed-mini-cross/results.json
  python -m benchmark report runs/feed-mini-cross --format latex --metrics csim[dlib],fd[dlib]

Tables have a row a method and a column a metric, at most 6 in one. Bold is the first tier: nothing is really better.
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
    parser.add_argument(
        "--format",
        choices=("html", "md", "latex"),
        default="html",
        help="html (default) writes report.html; md and latex print tables in the layout of papers",
    )
    parser.add_argument("--metrics", metavar="M[,N...]", help="of the tables (default: all that were computed)")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Read the results, write the page beside them and print the table, or print tables for a paper."""
    from benchmark.commands.options import listed
    from benchmark.report.breakdown import chosen_metrics
    from benchmark.report.grid import written
    from benchmark.report.page import write_report
    from benchmark.report.paper_tables import paper_tables
    from benchmark.report.table import print_results
    from benchmark.results.errors import BenchmarkError
    from benchmark.runs.opened import open_run, unchanged
    from feed_dataset.core.console.tables import table_console
    from feed_dataset.core.jobs.writable import writable_folder

    (found,) = unchanged([open_run(arguments.results)])
    results = found.results
    wanted = None if arguments.metrics is None else listed("metric", arguments.metrics)
    if arguments.format != "html":
        print(written(paper_tables(results, chosen_metrics(results, wanted)), arguments.format), end="")
        return 0
    if wanted is not None:
        raise BenchmarkError("expected --metrics beside --format md or latex: the page has all metrics")
    writable_folder(found.folder, "RESULTS, in a copy of the run")
    ours = results.methods[0].name
    report = write_report(results, found.folder, ours=ours)
    console = table_console()
    print_results(results, console, ours=ours)
    console.print(f"report: {report}", markup=False, soft_wrap=True)
    return 0
