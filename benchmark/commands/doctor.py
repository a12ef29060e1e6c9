"""`doctor`: does every metric give its known answers on this machine?"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.doctor.examine import Examination
    from benchmark.metrics import MetricCard
    from benchmark.metrics.known_answers import Measured

EXIT_FAILED = 1

_EXAMPLES = """\
examples:
  python -m benchmark doctor
  python -m benchmark doctor --metrics psnr,csim[dlib]
  python -m benchmark doctor --json > doctor.json

Every metric gets constructed input whose exact value is known, also without its network. Then bundled clips are scored
against themselves and after known damage (a still image, a frozen mouth, mirrored, blurred, late, shuffled, another
person, black, late sound); every value, or its order, is known beforehand. What was found is remembered for as long as
code, libraries and networks stay the same, and embedded in results of `run` and `score`.

exit codes: 0 all checks passed, 1 a check failed, 2 wrong input
"""


def add_parser(verbs: Any) -> None:
    """Add the verb to the command line."""
    from benchmark.commands.options import add_compute

    parser = verbs.add_parser(
        "doctor",
        help="check every metric against known answers",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--metrics", metavar="A[,B...]", help="only these (default: all of this version)")
    parser.add_argument(
        "--fetch", action="store_true", help="fetch networks that are missing (default: their metrics are skipped)"
    )
    parser.add_argument(
        "--all",
        action="store_true",
        dest="show_all",
        help="show what was expected of every check, also where it passed",
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help="print everything as JSON")
    add_compute(parser)
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Examine, print, remember."""
    from functools import partial

    from rich.console import Console

    from benchmark.commands.options import compute_of, metrics_of
    from benchmark.doctor.examine import conditions_of, examine
    from benchmark.doctor.expectations import EXPECTATIONS
    from benchmark.doctor.outcome import remember
    from benchmark.engine.networks import acquire
    from benchmark.engine.tools import start_tools
    from feed_dataset.core.jobs.cache_folder import CACHE_VARIABLE, cache_folder
    from feed_dataset.core.jobs.executor import default_workers
    from feed_dataset.core.jobs.process_executor import ProcessExecutor
    from feed_dataset.core.jobs.progress import ProgressBar
    from feed_dataset.core.jobs.writable import writable_folder

    writable_folder(cache_folder() / "doctor", CACHE_VARIABLE)  # where the outcome is remembered
    metrics = metrics_of(arguments.metrics)
    compute = compute_of(arguments)
    errors = Console(stderr=True)

    def announce(line: str) -> None:
        errors.print(line, markup=False, highlight=False)

    acquire((), fetch=True, announce=announce)  # without a face nothing can be asked
    networks = acquire({n for m in metrics for n in m.networks}, fetch=arguments.fetch, announce=announce)
    asked = [metric for metric in metrics if networks.missing_for(metric) is None]
    with (
        ProcessExecutor(default_workers(compute.device), partial(start_tools, compute)) as executor,
        ProgressBar(len(conditions_of(asked, EXPECTATIONS)), "doctor") as bar,
    ):
        examination = examine(metrics, networks, executor, compute=compute, done=bar.advance)
    remember(examination, metrics, networks, compute)
    if arguments.as_json:
        print(as_json(examination))
    else:
        _print(examination, metrics, show_all=arguments.show_all)
    return EXIT_FAILED if examination.failed else 0


def as_json(examination: Examination) -> str:
    """Every check, every metric that was skipped, and the counts."""
    from benchmark.doctor.outcome import records

    content = {
        "passed": len(examination.verdicts) - len(examination.failed),
        "failed": len(examination.failed),
        "skipped": {metric: lack.model_dump(mode="json") for metric, lack in examination.skipped.items()},
        "checks": [record.model_dump(mode="json") for record in records(examination)],
    }
    return json.dumps(content, indent=1)


def _print(examination: Examination, metrics: list[MetricCard], *, show_all: bool) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from feed_dataset.core.console.tables import table_console

    console = table_console()
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title="known answers", title_justify="left")
    table.add_column("metric", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("what it said", overflow="fold")
    for metric in metrics:
        lack = examination.skipped.get(metric.id)
        own = [verdict for verdict in examination.verdicts if verdict.metric == metric.id]
        failed = [verdict for verdict in own if not verdict.passed]
        if lack is not None and not failed:
            said = f"needs {lack.needs}; without it {len(own)} known values passed"
            cells = (Text("skipped", style="yellow"), Text(said, style="dim"))
        elif show_all or failed:
            lines = [f"{v.condition}: {v.got}, expected {v.expected}{'' if v.passed else '  FAILED'}" for v in own]
            state = Text("FAILED", style="bold red") if failed else Text("passed", style="green")
            cells = (state, Text("\n".join(lines)))
        else:
            said = ", ".join(f"{v.condition} {_short(v.got)}" for v in own if not v.is_known)
            said = f"{sum(v.is_known for v in own)} known values; {said}"
            cells = (Text("passed", style="green"), Text(said, style="dim"))
        table.add_row(Text(metric.id), *cells)
    console.print(table)
    for command in dict.fromkeys(lack.command for lack in examination.skipped.values() if lack.command):
        console.print(f"for what was skipped: {command}", markup=False, highlight=False, soft_wrap=True)
    passed = len(examination.verdicts) - len(examination.failed)
    counts = f"{passed} checks passed, {len(examination.failed)} failed, {len(examination.skipped)} metrics skipped"
    console.print(Text(counts, style="red" if examination.failed else "green"))


def _short(measured: Measured) -> str:
    return "no value" if measured.value is None else f"{measured.value:.3g}"
