"""`crosscheck`: reference packages on the user's own files, beside our numbers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.crosscheck.packages import Package

EXIT_UNEXPLAINED = 1

_EXAMPLES = """\
examples:
  python -m benchmark crosscheck --generated out/ --reference real/
  python -m benchmark crosscheck --generated out/ --reference real/ --packages scikit-image,lpips --format md

Videos belong together when their names are equal but for the suffix. Packages that are not installed are named: they
are the extra "oracles", for an environment of its own. Every package gets the frames that we decoded, of pairs of one
length and size, and the network files of our registry.

exit codes: 0 every number equals ours or has a known reason, 1 one differs without a reason, 2 wrong input, or no
package gave a number
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "crosscheck",
        help="reference packages on your own files, beside our numbers",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--generated", type=Path, required=True, metavar="DIR", help="folder with the videos")
    parser.add_argument("--reference", type=Path, required=True, metavar="DIR", help="what should have come out")
    parser.add_argument("--packages", metavar="A[,B...]", help="only these (default: all)")
    parser.add_argument("--format", choices=("text", "md", "json"), default="text", help="default: text")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Pair, measure, ask, print."""
    import json
    from functools import partial

    from rich.console import Console

    from benchmark.crosscheck.check import cross_check
    from benchmark.crosscheck.table import as_json, grid_of
    from benchmark.engine.networks import acquire
    from benchmark.engine.tools import start_tools
    from benchmark.features.types.extractor import Compute
    from benchmark.pairing.names import pair_by_stem
    from benchmark.report.grid import show, written
    from benchmark.results.errors import BenchmarkError
    from feed_dataset.core.console.tables import table_console
    from feed_dataset.core.jobs.executor import default_workers
    from feed_dataset.core.jobs.process_executor import ProcessExecutor
    from feed_dataset.core.jobs.progress import Progress

    packages = chosen_packages(arguments.packages)
    pairs = pair_by_stem(arguments.generated.expanduser(), arguments.reference.expanduser())
    errors = Console(stderr=True)
    names = {name for package in packages for question in package.questions for name in question.networks}
    networks = acquire(names, fetch=False, announce=lambda line: errors.print(line, markup=False, highlight=False))
    with Progress(errors) as progress:
        found = cross_check(
            packages,
            pairs,
            networks,
            lambda count: ProcessExecutor(min(default_workers("cpu"), count), partial(start_tools, Compute())),
            progress,
        )
    if arguments.format == "json":
        print(json.dumps(as_json(found), indent=1, allow_nan=False))
    elif arguments.format == "md":
        print(written([grid_of(found)], "md"), end="")
    elif found.answers:
        show(grid_of(found), table_console())
    else:
        print("\n".join(found.remarks))
    if not found.has_numbers:
        raise BenchmarkError("expected a number of at least one package but got none: nothing was compared")
    return EXIT_UNEXPLAINED if any(one.is_unexplained for one in found.answers) else 0


def chosen_packages(text: str | None) -> list[Package]:
    """Packages by names separated by commas; None is all. Raises BenchmarkError that names the nearest."""
    from benchmark.commands.options import listed
    from benchmark.crosscheck.packages import PACKAGES
    from benchmark.results.errors import BenchmarkError
    from feed_dataset.core.jobs.suggestions import unknown

    names = list(PACKAGES) if text is None else listed("package", text)
    for one in names:
        if one not in PACKAGES:
            raise BenchmarkError(unknown("package", one, PACKAGES))
    return [PACKAGES[one] for one in names]
