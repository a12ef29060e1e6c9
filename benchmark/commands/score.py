"""`score`: the numbers of videos that exist already."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.commands.executors import add_executor, check_executor, executor_of
from benchmark.commands.known_answers import add_doctor, known_answers
from benchmark.commands.options import add_compute, add_workers, check_apart, check_places, positive

if TYPE_CHECKING:
    from rich.console import Console

    from benchmark.engine.plan import Plan
    from benchmark.pairing.pair_list import PairList

_EXAMPLES = """\
examples:
  feed benchmark score --generated out/ --reference real/
  feed benchmark score --generated out/ --reference real/ --source faces/ --audio wav/
  feed benchmark score --pairs pairs.csv --metrics psnr,ssim,csim[dlib]
  feed benchmark score --generated out/ --reference real/ --pairs pairs.csv --out runs/mine

Videos belong together when their names below the two folders are equal but for the suffix (out/a/1.avi, real/a/1.mp4),
or as a CSV says:

  id,generated,reference,source,audio,cluster,source_cluster
  case1,case1_out.mp4,ben/take3.mp4,anna.png,take3.wav,ben,anna

source, audio, cluster (the driver's person) and source_cluster (the source's) may be left out; cases of one person are
not independent of each other. Relative paths start at the folder of the option, else at the CSV's. A video without a
partner is a failed case, and nothing is cut or resized to fit. The same command given again goes on where it was and
makes only what is missing. Another --name in the same --out is a further row; what would lose results there is refused.

exit codes: 0 done, 1 every pair failed, 2 wrong input, 130 interrupted
"""


def add_parser(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "score",
        help="score videos that exist already",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--generated", type=Path, metavar="DIR", help="folder with the videos under test")
    parser.add_argument("--reference", type=Path, metavar="DIR", help="folder with what should have come out")
    parser.add_argument("--pairs", type=Path, metavar="CSV", help="which belongs to which (default: equal names)")
    parser.add_argument(
        "--source",
        type=Path,
        metavar="DIR",
        help="images or videos whose first frame was animated (default: each reference's first frame)",
    )
    parser.add_argument("--audio", type=Path, metavar="DIR", help="sound files (default: each generated file's own)")
    parser.add_argument(
        "--metrics",
        metavar="A[,B...]",
        help="only these; networks that are missing are fetched (default: all that the inputs and the networks here"
        " allow)",
    )
    parser.add_argument("--name", metavar="NAME", help="of the method in tables (default: the generated folder's)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/score-NAME")
    parser.add_argument(
        "--overwrite",
        choices=("missing", "always"),
        default="missing",
        help="missing (default): add to the results in --out, refuse to lose some; always: replace them",
    )
    add_workers(parser)
    add_executor(parser)
    parser.add_argument(
        "--embed-every",
        type=positive,
        metavar="N",
        default=5,
        help="identity on every N-th frame, from the first (default: 5, as in the protocols)",
    )
    parser.add_argument(
        "--panels",
        choices=("fail", "score"),
        default="fail",
        help="frames of another shape than their reference's, or that show the source's face twice: a failed case"
        " (default), or scored by the face most like the source",
    )
    parser.add_argument("--seed", type=int, default=0, help="of confidence intervals (default: 0)")
    add_doctor(parser)
    add_compute(parser)
    parser.set_defaults(run_verb=run)


def run(arguments: argparse.Namespace) -> int:
    """Pair, extract, score, show, write the report."""
    from rich.console import Console

    from benchmark.commands.outcome import show_outcome
    from benchmark.engine.earlier import find_earlier
    from benchmark.engine.run import execute
    from feed_dataset.core.jobs.progress import Progress

    errors = Console(stderr=True)
    check_executor(arguments)
    check_places(arguments.out or Path("runs"))
    check_apart(
        arguments.out or Path("runs"),
        {f"--{name}": getattr(arguments, name) for name in ("generated", "reference", "source", "audio")},
    )
    plan = build_plan(arguments, errors)
    find_earlier(plan)  # once more: what its networks would change is known now
    doctor = known_answers(plan.metrics, plan.networks, plan.compute, asked=arguments.doctor)
    with executor_of(arguments, plan) as executor, Progress(errors) as progress:
        outcome = execute(plan, executor, progress, doctor)
    return show_outcome(outcome, plan.out, ours=plan.methods[0].name, what="pair")


def build_plan(arguments: argparse.Namespace, console: Console) -> Plan:
    """Everything that can be wrong is found here, before any work is done."""
    from benchmark.commands.options import compute_of, metrics_of
    from benchmark.engine.earlier import find_earlier
    from benchmark.engine.networks import NetworkStatus, acquire, unasked
    from benchmark.engine.plan_pairs import allowed_metrics, plan_pairs
    from benchmark.results.errors import BenchmarkError
    from benchmark.results.schema import REFERENCE_ROW

    pairs = pair(arguments)
    metrics = metrics_of(arguments.metrics) if arguments.metrics is not None else allowed_metrics()
    inside = [metric.id for metric in metrics if "latents" in metric.needs]
    if inside:
        raise BenchmarkError(
            f"expected metrics of videos but {', '.join(inside)} needs a method's expression descriptors;"
            " it is computed by: feed benchmark run"
        )
    name = arguments.name or _name(arguments)
    if name == REFERENCE_ROW:
        raise BenchmarkError(f"--name {REFERENCE_ROW!r} is reserved for the row of the references themselves")
    compute = compute_of(arguments)

    def announce(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    def with_networks(networks: NetworkStatus) -> Plan:
        return plan_pairs(
            pairs,
            metrics,
            networks,
            (arguments.out or Path("runs") / f"score-{name}").resolve(),
            method=name,
            data=_printable(arguments.reference.resolve().name) if arguments.reference else arguments.pairs.stem,
            embed_every=arguments.embed_every,
            seed=arguments.seed,
            command=f"feed benchmark {shlex.join(sys.argv[1:])}"[:2000],
            compute=compute,
            panels=arguments.panels,
            origin=_origin(arguments),
            replaces=arguments.overwrite == "always",
        )

    find_earlier(with_networks(unasked(metrics)))  # a refusal costs no download
    acquire((), fetch=True, announce=announce)  # without a face there is little to score
    read = {name for metric in metrics for name in metric.networks}
    return with_networks(acquire(read, fetch=arguments.metrics is not None, announce=announce))


def pair(arguments: argparse.Namespace) -> PairList:
    """The pairs that the arguments describe. Raises PairingError."""
    from benchmark.pairing.names import pair_by_stem
    from benchmark.pairing.pair_list import PairingError
    from benchmark.pairing.table import pair_by_table

    if arguments.pairs is not None:
        columns = ("generated", "reference", "source", "audio")
        return pair_by_table(arguments.pairs.expanduser(), {name: getattr(arguments, name) for name in columns})
    if arguments.generated is None or arguments.reference is None:
        raise PairingError(
            "expected --generated DIR and --reference DIR, or --pairs CSV; see `feed benchmark score --help`"
        )
    return pair_by_stem(arguments.generated, arguments.reference, source=arguments.source, audio=arguments.audio)


def _origin(arguments: argparse.Namespace) -> str:
    """Which files are scored against which, to tell two experiments of one name apart."""
    places = ("generated", "reference", "pairs", "source", "audio")
    given = ((name, getattr(arguments, name)) for name in places)
    return ", ".join(f"{name} {path.expanduser().resolve()}" for name, path in given if path is not None)


def _name(arguments: argparse.Namespace) -> str:
    folder: Path | None = arguments.generated
    text = folder.expanduser().resolve().name if folder else arguments.pairs.stem
    return _printable(text) or "generated"


def _printable(text: str) -> str:
    from benchmark.pairing.names import printable

    return printable(text)[:100]
