"""What the harness itself costs: scoring a finished run again, planning, and memory against cases and length.

    python -m scripts.bench_harness            # 2,000 cases; the first run takes ten minutes of processor time
    python -m scripts.bench_harness --quick    # 200 cases, and 2,000 frames instead of 10,000; floors are not judged
    python -m scripts.bench_harness --keep DIR # material and runs stay there, and are taken from there

Table 3 of the paper with all its metrics, on corpora in their official layouts. Networks are functions of the pixels
with the shapes of the real ones and the method mixes two pictures; decoding, hashing, the feature store, metrics,
intervals, clips and results are the real thing. Each figure is of a whole process: seconds of processor time, which
other work on the machine hardly changes, and the most resident memory. Exit 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.bench_harness_parts.cost import Cost, cost_of
from scripts.bench_metrics_parts.figure import Figure, missed

RESCORE_S, RESCORE_MB = 10.0, 1000.0
PLAN_S = 1.0
CLIP_MB = 600.0
MORE_CASES_MB = 100.0
"""How much more memory ten times the cases may take: rows, and what metrics of the whole set read."""
SOURCES = 100


@dataclass(frozen=True)
class Sizes:
    """How much of everything.

    Args:
        each, planned: drivers of each of 100 sources: of the run, and of the plan.
        frames: of the long clip; the short one has a tenth.
    """

    each: int
    planned: int
    frames: int


FULL, QUICK = Sizes(20, 100, 10_000), Sizes(2, 10, 2_000)


def rescoring(folder: Path, sizes: Sizes) -> list[Figure]:
    """A finished run and a tenth of it, each scored again with everything kept."""
    few = _again(folder, max(1, sizes.each // 10))
    many = _again(folder, sizes.each)
    cases = sizes.each * SOURCES
    return [
        Figure(f"score {cases} cases again", many.cpu_s, "s", RESCORE_S, at_least=False, note=many.printed.strip()),
        Figure(f"memory of {cases} cases", many.peak_mb, "MB", RESCORE_MB, at_least=False),
        Figure(
            "more memory than a tenth of the cases",
            many.peak_mb - few.peak_mb,
            "MB",
            MORE_CASES_MB,
            at_least=False,
            note=f"{few.peak_mb:.0f} MB",
        ),
    ]


def planning(folder: Path, sizes: Sizes) -> list[Figure]:
    """From a protocol and corpora to a plan."""
    cases, seconds = cost_of(["plan", str(_material(folder)), str(sizes.planned)]).printed.split()
    return [Figure(f"plan {cases} cases", float(seconds), "s", PLAN_S, at_least=False, note="after the imports")]


def long_clips(folder: Path, sizes: Sizes) -> list[Figure]:
    """One clip and one of a tenth of its length, each scored against itself for the first time."""
    figures = []
    for frames in (sizes.frames // 10, sizes.frames):
        file = folder / f"{frames}.mp4"
        if not file.is_file():
            cost_of(["clip", str(file), str(frames)])
        with tempfile.TemporaryDirectory() as out:
            cost = cost_of(["score", str(file), str(file), out])
        ceiling = CLIP_MB if frames == sizes.frames else None
        note = f"{cost.cpu_s:.1f} s of processor time"
        figures.append(Figure(f"memory of {frames} frames", cost.peak_mb, "MB", ceiling, at_least=False, note=note))
    return figures


PARTS: dict[str, Callable[[Path, Sizes], list[Figure]]] = {
    "rescoring": rescoring,
    "planning": planning,
    "clips": long_clips,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less of everything; floors are not judged")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be given several times")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where material and runs lie and stay")
    given = parser.parse_args(arguments)
    sizes = QUICK if given.quick else FULL
    figures = [Figure("a process that only imports", cost_of(["nothing"]).cpu_s, "s")]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if given.keep is None else given.keep.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for name in given.only or PARTS:
            figures += PARTS[name](folder, sizes)
    for figure in figures:
        print(figure, flush=True)
    return 1 if missed(figures) and not given.quick else 0


def _material(folder: Path) -> Path:
    data = folder / "data"
    if not data.is_dir():
        cost_of(["material", str(data)])
    return data


def _again(folder: Path, each: int) -> Cost:
    """Score a finished run; it is made where it is not there."""
    out = folder / f"run-{each}"
    job = ["run", str(_material(folder)), str(out), str(each)]
    if not (out / "results.json").is_file():
        cost_of(job)
    return cost_of(job)


if __name__ == "__main__":
    sys.exit(main())
