"""`show-results`: the numbers of a run, all together or by driver, source, language or task."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

_EXAMPLES = """\
examples:
  python -m benchmark show-results runs/feed-mini-cross
  python -m benchmark show-results runs/feed-mini-cross --by task --metrics csim[dlib]
  python -m benchmark show-results results.json --format csv

With --by, metrics of whole sets (FID, KID, AUC_z) are left out: they have no value for a group.
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "show-results",
        help="the numbers of a run, also by driver, source, language or task",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="folder of a run, or its results file")
    ways = ("driver", "source", "language", "task")
    parser.add_argument("--by", choices=ways, help="a table for each metric, a line for each")
    parser.add_argument("--metrics", metavar="M[,N...]", help="only these (default: all that were computed)")
    parser.add_argument(
        "--format", choices=("text", "md", "latex", "csv", "json"), default="text", help="default: text"
    )
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Read and print."""
    import json

    from benchmark.commands.options import listed
    from benchmark.report.breakdown import as_json, breakdown_grids, chosen_metrics, score_grid
    from benchmark.report.grid import show, written
    from benchmark.report.speeds import speed_grid
    from benchmark.report.table import by_itself_lines, failure_lines, not_computed_lines
    from benchmark.runs.opened import open_run, unchanged
    from feed_dataset.core.console.tables import table_console

    results = unchanged([open_run(arguments.run.expanduser())])[0].results
    wanted = None if arguments.metrics is None else listed("metric", arguments.metrics)
    metrics = chosen_metrics(results, wanted, arguments.by)
    methods = [one.name for one in results.methods]
    if arguments.format == "json":
        print(json.dumps(as_json(results, arguments.by, metrics, methods), indent=1, allow_nan=False))
        return 0
    if arguments.by is None:
        grids = [score_grid(results, metrics, methods)]
    else:
        grids = breakdown_grids(results, arguments.by, metrics, methods)
    if arguments.format != "text":
        print(written(grids, arguments.format), end="")
        return 0
    if arguments.by is None and (speeds := speed_grid(results)) is not None:
        grids.append(speeds)
    console = table_console()
    for grid in grids:
        show(grid, console)
    for line in (*not_computed_lines(results), *failure_lines(results), *by_itself_lines(results)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 0
