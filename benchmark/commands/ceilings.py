"""`ceilings`: what the best imaginable method would get on a protocol."""

from __future__ import annotations

import argparse
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.commands import options

_EXAMPLES = """\
examples:
  feed benchmark ceilings                                 of feed-mini-cross, into runs/feed-mini-cross
  feed benchmark ceilings --protocol feed-cross --data /path/to/FEED --out runs/feed-cross

Reports whose results lie in the same folder show them. Exact renders are drawn anew, which takes minutes.
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
    parser = verbs.add_parser(
        "ceilings",
        help="what the best imaginable method would get",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_protocol(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/PROTOCOL")
    options.add_workers(parser)
    options.add_compute(parser)
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the frames of every ceiling, score them, keep the rows beside the run's results."""
    from rich.console import Console

    from benchmark.ceilings.plan import with_ceilings
    from benchmark.ceilings.shipped import FILE_NAME, CeilingsFile
    from benchmark.engine.evaluation import plan_evaluation
    from benchmark.engine.run import execute
    from benchmark.engine.tools import start_tools
    from benchmark.report.table import print_results
    from feed_dataset.core.console.tables import table_console
    from feed_dataset.core.jobs.process_executor import ProcessExecutor
    from feed_dataset.core.jobs.progress import Progress

    options.check_places(arguments.out or Path("runs"))
    errors = Console(stderr=True)
    planned = plan_evaluation(
        (),
        arguments.protocol,
        data=arguments.data,
        limit=arguments.limit,
        out=arguments.out,
        overwrite="missing",
        compute=options.compute_of(arguments),
        command=f"feed benchmark {shlex.join(sys.argv[1:])}"[:2000],
        announce=lambda line: errors.print(line, markup=False, highlight=False, soft_wrap=True),
    )
    plan = with_ceilings(planned)
    (plan.out / "results.json").unlink(missing_ok=True)  # this command's own, and all of it is made again
    workers = options.workers_of(arguments, plan.compute, len(plan.cases))
    with ProcessExecutor(workers, partial(start_tools, plan.compute)) as executor, Progress(errors) as progress:
        results = execute(plan, executor, progress).results
    path = planned.out / FILE_NAME
    CeilingsFile.of(results).save(path)
    print_results(results, table_console(), ours="")
    print(f"ceilings: {path}")
    return 0
