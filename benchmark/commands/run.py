"""`run`: generate and score methods on a protocol."""

from __future__ import annotations

import argparse
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.commands import options
from benchmark.commands.known_answers import add_doctor, known_answers

if TYPE_CHECKING:
    from rich.console import Console

    from benchmark.engine.plan import Plan
    from benchmark.engine.run import RunOutcome

DEFAULT_METHOD = "emoportraits"
EXIT_ALL_FAILED = 1

_EXAMPLES = """\
examples:
  python -m benchmark run
  python -m benchmark run --protocol feed-mini-self --limit 2
  python -m benchmark run --data /path/to/FEED --out runs/feed
  python -m benchmark run --dry-run

A run that was interrupted goes on where it was when the same command is given again.
"""


def add_parser(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "run",
        help="generate and score methods on a protocol",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--method",
        default=DEFAULT_METHOD,
        metavar="A[,B...]",
        help="methods, separated by commas; one alone that is no bound gets the bounds' rows beside it"
        f" (default: {DEFAULT_METHOD})",
    )
    parser.add_argument("--protocol", metavar="P", help="default: feed-mini-cross, or feed-cross with --data")
    parser.add_argument("--data", type=Path, metavar="DIR", help="directory with FEED videos (default: feed-mini)")
    parser.add_argument("--limit", type=options.positive, metavar="N", help="only the first N cases")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/PROTOCOL")
    parser.add_argument(
        "--overwrite",
        choices=("never", "missing", "always"),
        default="missing",
        help="missing (default): make what is absent, damaged or made from other inputs; never: refuse to"
        " replace what was made from other inputs; always: make everything again",
    )
    parser.add_argument(
        "--workers", type=options.positive, metavar="N", help="processes (default: one per core, at most 8)"
    )
    options.add_compute(parser)
    add_doctor(parser)
    parser.add_argument("--dry-run", action="store_true", help="show what would be done")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Plan, execute, show, write the report."""
    from rich.console import Console

    from benchmark.engine.pool import default_workers, process_pool
    from benchmark.features.toolbox import Toolbox
    from benchmark.protocols import protocol as protocols
    from feed_dataset.core.jobs.phases import Progress

    methods = _methods(arguments.method)
    protocol = protocols.choose(arguments.protocol, has_data_dir=arguments.data is not None)
    errors = Console(stderr=True)
    plan = build_plan(arguments, protocol, methods, errors)
    if arguments.dry_run:
        _show_plan(plan, Console())
        return 0
    doctor = known_answers(plan.metrics, plan.networks, plan.compute, asked=arguments.doctor)
    with (
        process_pool(arguments.workers or default_workers(), partial(Toolbox, compute=plan.compute)) as pool,
        Progress(errors) as progress,
    ):
        from benchmark.engine.run import execute

        outcome = execute(plan, pool, progress, doctor)
    return _show(plan, outcome, ours=methods[0])


def build_plan(arguments: argparse.Namespace, protocol: Any, methods: tuple[str, ...], console: Console) -> Plan:
    """Everything that can be wrong is found here, before any work is done."""
    import baselines
    from benchmark.engine.aggregate import metrics_named
    from benchmark.engine.networks import acquire
    from benchmark.engine.plan import MethodInfo, Plan
    from benchmark.protocols.cases import build_cases
    from benchmark.results.schema import DataRecord
    from feed_dataset.catalog.catalog import open_catalog

    compute = options.compute_of(arguments)
    catalog = open_catalog(arguments.data)
    case_list = build_cases(protocol, catalog)
    for path, problem in catalog.problems:
        console.print(f"{path.name}: {problem}", markup=False, highlight=False, style="yellow")
    wanted = {name for metric in metrics_named(protocol.metrics) for name in metric.networks}
    networks = acquire(
        wanted,
        fetch=not arguments.dry_run,
        announce=lambda line: console.print(line, markup=False, highlight=False),
    )
    loaded = [baselines.load(name) for name in methods]
    return Plan(
        protocol=protocol,
        case_list=case_list,
        cases=case_list.cases[: arguments.limit],
        limit=arguments.limit if arguments.limit and arguments.limit < len(case_list.cases) else None,
        data=DataRecord(name=catalog.name, digest=catalog.digest, synthetic=catalog.name == "feed-mini"),
        methods=tuple(MethodInfo(m.name, m.capabilities, m.weights_sha256) for m in loaded),
        networks=networks,
        out=(arguments.out or Path("runs") / protocol.name).resolve(),
        overwrite=arguments.overwrite,
        command=f"python -m benchmark {shlex.join(sys.argv[1:])}",
        compute=compute,
    )


def _methods(text: str) -> tuple[str, ...]:
    import baselines
    from baselines.interface.errors import UnknownMethod
    from baselines.registry import BOUNDS

    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UnknownMethod(f"expected a method among {', '.join(baselines.names())} but got nothing")
    for name in names:
        baselines.card(name)
    return (*names, *BOUNDS) if len(names) == 1 and names[0] not in BOUNDS else names


def _show(plan: Plan, outcome: RunOutcome, *, ours: str) -> int:
    from benchmark.report.page import write_report
    from benchmark.report.table import print_results, results_console

    console = results_console()
    print_results(outcome.results, console, ours=ours)
    report = write_report(outcome.results, plan.out, ours=ours)
    console.print(f"results: {plan.out / 'results.json'}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"report:  {report}", markup=False, highlight=False, soft_wrap=True)
    if outcome.any_scored:
        return 0
    print("error: every case failed; the reasons are above", file=sys.stderr)
    return EXIT_ALL_FAILED


def _show_plan(plan: Plan, console: Console) -> None:
    from benchmark.engine.networks import lacking_package
    from benchmark.engine.predictions import PredictionPath

    def line(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    protocol = plan.protocol
    line(f"protocol {protocol.name} v{protocol.version} on {plan.data.name}, case list {plan.case_list.sha256[:12]}")
    line(f"{len(plan.cases)} cases of up to {protocol.frames_per_case} frames, {protocol.size_px} px:")
    for case in plan.cases:
        line(f"  {case.id}: {case.driver_id} drives {case.source.id}")
    for method in plan.methods:
        at = (PredictionPath(plan.predictions / method.name, case.id) for case in plan.cases)
        present = sum(path.record.is_file() for path in at)
        line(f"method {method.name}: {len(plan.cases) - present} to generate, {present} here (checked when run)")
    for name in sorted(plan.networks.present):
        line(f"network {name}: here")
    for name, lack in plan.networks.missing.items():
        line(f"network {name}: missing, fetched by the run or with: {lack.command}")
    packages = (lacking_package(metric.packages) for metric in plan.metrics)
    for needs, command in dict.fromkeys((lack.needs, lack.command) for lack in packages if lack is not None):
        line(f"{needs}: missing, get it with: {command}")
    line(f"output: {plan.out}")
