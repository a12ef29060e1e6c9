"""`compare`: several runs in one table, as far as they may be compared."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.runs.together import Together

_EXAMPLES = """\
examples:
  python -m benchmark compare runs/mine runs/theirs
  python -m benchmark compare runs/mine theirs.json --html comparison.html
  python -m benchmark compare a b c --against emoportraits --format latex > table.tex

Runs are folders or results files. Those of one protocol version, one list of cases and the same data stand in one
table; others get a table of their own that says why. So does a metric whose networks, features or precision are others.
Bold is the first tier: nothing is really better. Every test is corrected for all that are shown.

exit codes: 0 done, 2 wrong input
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "compare",
        help="several runs in one table, as far as they may be compared",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders of runs, or results files")
    parser.add_argument(
        "--against",
        metavar="METHOD",
        help="whose tests are shown (default: the first method of the first run)",
    )
    parser.add_argument(
        "--format", choices=("text", "md", "latex", "json"), default="text", help="of what is printed (default: text)"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write one self-contained page")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, put together what may be compared, print, write the page."""
    import json
    import sys

    from benchmark.report.comparison_page import write_comparison
    from benchmark.report.grid import written
    from benchmark.report.side_by_side import as_json, comparison_grids
    from benchmark.runs.opened import open_runs, unchanged
    from benchmark.runs.together import put_together
    from feed_dataset.core.jobs.writable import writable_file

    if arguments.html is not None:
        writable_file(arguments.html.expanduser(), "--html")
    runs = unchanged(open_runs([place.expanduser() for place in arguments.runs]))
    tables = put_together(runs)
    against = chosen_method(tables, arguments.against)
    if arguments.format == "json":
        print(json.dumps(as_json(tables), indent=1, allow_nan=False))
    elif arguments.format == "text":
        _print(tables, against)
    else:
        for one in tables:
            print(_remarks(one, "%" if arguments.format == "latex" else "-"), end="")
            print(written(comparison_grids(one, against), arguments.format))
    if arguments.html is not None:
        write_comparison(tables, runs, arguments.html.expanduser(), against=against)
        print(f"page: {arguments.html}", file=sys.stderr)
    return 0


def chosen_method(tables: Sequence[Together], wanted: str | None) -> str:
    """The method whose tests are shown. Raises BenchmarkError that names the nearest."""
    from benchmark.results.errors import BenchmarkError
    from feed_dataset.core.jobs.suggestions import unknown

    names = list(dict.fromkeys(method.name for one in tables for method in one.results.methods))
    if wanted is not None and wanted not in names:
        raise BenchmarkError(unknown("method", wanted, names))
    return wanted or names[0]


def _remarks(one: Together, sign: str) -> str:
    from feed_dataset.core.jobs.cells import md_text, one_line

    shown = one_line if sign == "%" else md_text
    lines = [f"not to be compared with the first table: {one.apart}"] if one.apart else []
    return "".join(f"{sign} {shown(line)}\n" for line in [*lines, *one.notes])


def _print(tables: Sequence[Together], against: str) -> None:
    from rich.text import Text

    from benchmark.report.grid import show
    from benchmark.report.side_by_side import power_grid, tests_grid
    from benchmark.report.table import print_results, shown_comparisons
    from feed_dataset.core.console.tables import table_console

    console = table_console()
    for one in tables:
        names = [method.name for method in one.results.methods]
        ours = against if against in names else names[0]
        console.print(Text(f"runs: {', '.join(one.runs)}", style="bold"))
        if one.apart:
            console.print(Text(f"not to be compared with the first table: {one.apart}", style="red"), soft_wrap=True)
        print_results(one.results, console, ours=ours)
        found = shown_comparisons(one.results)
        for grid in (tests_grid(found, ours), power_grid(one.results, found)):
            if grid.rows:
                show(grid, console)
        for note in one.notes:
            console.print(Text(f"note: {note}", style="yellow"), soft_wrap=True)
