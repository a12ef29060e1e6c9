"""`diff`: the first input behind two different numbers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.commands.options import not_negative

if TYPE_CHECKING:
    from benchmark.runs.explain import Explanation

EXIT_DIFFERENT = 1

_EXAMPLES = """\
examples:
  python -m benchmark diff runs/mine runs/theirs
  python -m benchmark diff yesterday.json today.json --metrics csim[dlib] --methods emoportraits

Names the first differing input behind two numbers, in this order: data, case list, weights of a method, networks of
metrics, settings and preprocessing, libraries, code, seed, device and precision. Where the frames that were scored are
equal, the cause must lie in scoring; where only they differ, in generation; the results say so since schema 1.3.

exit codes: 0 the same numbers, 1 differences, 2 wrong input
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "diff",
        help="the first differing input behind two numbers",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("a", type=Path, metavar="A", help="folder of a run, or its results file")
    parser.add_argument("b", type=Path, metavar="B", help="the other one")
    parser.add_argument("--methods", metavar="M[,N...]", help="only these (default: all)")
    parser.add_argument("--metrics", metavar="M[,N...]", help="only these (default: all)")
    parser.add_argument(
        "--tolerance",
        type=not_negative,
        metavar="T",
        help="values that differ by less, relative to max(1, value), are one number (default: 1e-9)",
    )
    parser.add_argument("--format", choices=("text", "md", "json"), default="text", help="default: text")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Read both, explain, print; the exit code says whether numbers differ."""
    import json

    from benchmark.report.explained import as_json, explanation_grids, headline
    from benchmark.report.grid import show, written
    from benchmark.results.schema import TOLERANCE
    from benchmark.runs.explain import explain
    from benchmark.runs.opened import open_runs
    from feed_dataset.core.console.tables import table_console
    from feed_dataset.core.jobs.cells import md_text

    a, b = (one.results for one in open_runs([arguments.a.expanduser(), arguments.b.expanduser()]))
    methods = _chosen("method", arguments.methods, [one.name for file in (a, b) for one in file.methods])
    metrics = _chosen("metric", arguments.metrics, [one.metric for file in (a, b) for one in file.aggregates])
    tolerance = TOLERANCE if arguments.tolerance is None else arguments.tolerance
    found: Explanation = explain(a, b, tolerance=tolerance, methods=methods, metrics=metrics)
    if arguments.format == "json":
        print(json.dumps(as_json(found), indent=1, allow_nan=False))
    elif arguments.format == "md":
        print("\n\n".join(map(md_text, headline(found))), end="\n\n")
        print(written(explanation_grids(found), "md"))
    else:
        console = table_console()
        for line in headline(found):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        for grid in explanation_grids(found):
            show(grid, console)
    return 0 if found.is_same else EXIT_DIFFERENT


def _chosen(kind: str, text: str | None, names: list[str]) -> list[str] | None:
    """Names separated by commas; None is all. Raises BenchmarkError that names the nearest."""
    from benchmark.commands.options import listed
    from benchmark.results.errors import BenchmarkError
    from feed_dataset.core.jobs.suggestions import unknown

    if text is None:
        return None
    wanted = listed(kind, text)
    for one in wanted:
        if one not in names:
            raise BenchmarkError(unknown(kind, one, list(dict.fromkeys(names))))
    return wanted
