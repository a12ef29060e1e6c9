"""`run`: generate and score methods on a protocol."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.commands import options
from benchmark.commands.executors import add_executor, check_executor, executor_of
from benchmark.commands.known_answers import add_doctor, known_answers

if TYPE_CHECKING:
    from rich.console import Console

    from baselines.doors.spec import MethodSpec
    from benchmark.engine.plan import Plan

DEFAULT_METHOD = "emoportraits"

_EXAMPLES = """\
examples:
  feed benchmark run
  feed benchmark run --method my_method.py:Mine          your own class beside the bounds
  feed benchmark run --method frames:out/                finished videos by case id, see: feed benchmark stage
  feed benchmark run --protocol my_protocol.yaml --limit 2
  feed benchmark run --data /path/to/FEED --out runs/feed
  feed benchmark run --dry-run

A run that was interrupted goes on where it was when the same command is given again. Another method in the same --out
is added to the results there. What would lose some of them (fewer cases, another protocol, another method of the same
name) is refused. Several processes may run the same command in the same --out, also on other machines that share the
folder: each case is made by one of them, and one that is killed is followed.
"""


def add_parser(verbs: Any) -> None:
    """Add the command to the command line."""
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
        help="methods, separated by commas: a name, package.module:Class, file.py:Class or frames:DIR[=NAME]; one"
        f" alone that is not shown beside others anyway gets the bounds' rows (default: {DEFAULT_METHOD})",
    )
    parser.add_argument(
        "--model",
        action="append",
        metavar="[METHOD=]DIR|ID",
        help="weights for emoportraits or megaportraits: a folder or a hub id; may be repeated with METHOD=",
    )
    options.add_protocol(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/PROTOCOL")
    parser.add_argument(
        "--overwrite",
        choices=("never", "missing", "always"),
        default="missing",
        help="missing (default): make what is absent, damaged or made from other inputs; never: refuse to"
        " replace what was made from other inputs; always: make everything again, and replace results of --out that"
        " this run would lose",
    )
    options.add_workers(parser)
    parser.add_argument(
        "--timeout",
        type=options.positive,
        metavar="S",
        help="seconds that a case of a method may take, loading and metrics included; one that takes longer counts as"
        " failed and the run goes on (default: no limit; a command has its own)",
    )
    add_executor(parser)
    options.add_compute(parser)
    add_doctor(parser)
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, with disk and time")
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Plan, execute, show, write the report."""
    from rich.console import Console

    from benchmark.commands.outcome import show_outcome
    from benchmark.engine.earlier import find_earlier
    from benchmark.engine.run import execute
    from feed_dataset.core.jobs.progress import Progress

    check_executor(arguments)
    options.check_places(arguments.out or Path("runs"))
    errors = Console(stderr=True)
    specs = method_specs(arguments.method, arguments.model or ())
    frames = {f"--method frames:{one.target}": Path(one.target) for one in specs if one.kind == "frames"}
    options.check_apart(arguments.out or Path("runs"), frames)
    plan = build_plan(arguments, specs, errors)
    find_earlier(plan)  # once more: what its networks would change is known now
    if arguments.dry_run:
        executor_of(arguments, plan)  # not opened: it refuses what the run's would
        _show_plan(plan, Console(), options.workers_of(arguments, plan.compute, len(plan.cases)))
        return 0
    doctor = known_answers(plan.metrics, plan.networks, plan.compute, asked=arguments.doctor)
    with executor_of(arguments, plan) as executor, Progress(errors) as progress:
        outcome = execute(plan, executor, progress, doctor)
    return show_outcome(outcome, plan.out, ours=specs[0].name, what="case")


def build_plan(arguments: argparse.Namespace, specs: tuple[MethodSpec, ...], console: Console) -> Plan:
    """Everything that can be wrong is found here, before any work is done."""
    from benchmark.engine.earlier import find_earlier
    from benchmark.engine.evaluation import plan_evaluation

    return plan_evaluation(
        specs,
        arguments.protocol,
        data=arguments.data,
        limit=arguments.limit,
        out=arguments.out,
        overwrite=arguments.overwrite,
        compute=options.compute_of(arguments),
        command=f"feed benchmark {shlex.join(sys.argv[1:])}"[:2000],
        fetch=not arguments.dry_run,
        replaces=arguments.overwrite == "always",
        announce=lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True),
        companions={spec.name for spec in specs[len(_names(arguments.method)) :]},
        check=find_earlier,
    )


def method_specs(text: str, models: Sequence[str] = ()) -> tuple[MethodSpec, ...]:
    """The methods of a command line, with the rows that are shown beside one that stands alone.

    Args:
        models: "DIR or hub id", for the one method that takes it, or "METHOD=DIR or hub id".
    """
    from baselines.interface.errors import UnknownMethod
    from baselines.registry import BESIDE, check_distinct, names, resolve

    given = _names(text)
    if not given:
        raise UnknownMethod(f"expected a method among {', '.join(names())} but got nothing")
    chosen = _models(given, models)
    specs = [resolve(one, model=chosen.get(one)) for one in given]
    if len(specs) == 1 and specs[0].name not in BESIDE:
        specs += [resolve(name) for name in BESIDE]
    check_distinct(specs)
    return tuple(specs)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _models(given: Sequence[str], models: Sequence[str]) -> dict[str, str]:
    """Which weights are whose. Raises BenchmarkError where that cannot be said."""
    from baselines.registry import names, takes_option
    from benchmark.results.errors import BenchmarkError

    chosen: dict[str, str] = {}
    takers = [one for one in given if one in names() and takes_option(one, "model")] or list(given[:1])
    for text in models:
        name, _, place = text.partition("=")
        if name not in given or not place:
            if len(takers) > 1:
                raise BenchmarkError(f"expected --model METHOD=DIR for one of {', '.join(takers)} but got {text!r}")
            name, place = takers[0], text
        if name in chosen:
            raise BenchmarkError(f"expected one --model for {name} but got {chosen[name]!r} and {place!r}")
        chosen[name] = place
    return chosen


def _show_plan(plan: Plan, console: Console, workers: int) -> None:
    from benchmark.engine.estimate import estimate, estimate_lines, method_line
    from benchmark.engine.networks import lacking_package
    from benchmark.protocols.case import who_drives
    from benchmark.report.cards import measured_costs
    from feed_dataset.core.jobs.words import counted

    def line(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    protocol = plan.protocol
    digest = (protocol.case_list_sha256 or "")[:12]
    line(f"protocol {protocol.name} v{protocol.version} on {plan.data.name}, case list {digest}")
    line(f"{counted(len(plan.cases), 'case')} of up to {protocol.frames_per_case} frames, {protocol.size_px} px:")
    for case in plan.cases:
        line(f"  {case.id}: {who_drives(case.driver_label, case.source_label, case.judged_label)}")
    for method in plan.methods:
        line(method_line(plan, method))
    for name in sorted(plan.networks.present):
        line(f"network {name}: here")
    for name, lack in plan.networks.missing.items():
        line(f"network {name}: missing, fetched by the run or with: {lack.command}")
    packages = (lacking_package(metric.packages) for metric in plan.metrics)
    for needs, command in dict.fromkeys((lack.needs, lack.command) for lack in packages if lack is not None):
        line(f"{needs}: missing, get it with: {command}")
    costs = measured_costs()
    found = estimate(plan, {} if costs is None else costs.seconds_per_1000_frames)
    for text in estimate_lines(found, workers=workers, machine="nowhere" if costs is None else costs.machine):
        line(text)
    line(f"output: {plan.out}")
