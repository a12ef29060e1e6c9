"""Coverage of intervals and false positives of comparisons, for the design of every shipped protocol.

    python -m scripts.bench_statistics            # the table of docs/statistics.md, ten minutes on one core
    python -m scripts.bench_statistics --quick    # fewer trials, three minutes
    python -m scripts.bench_statistics --write    # and put the table into the page

Cases are drawn with known variances of drivers, sources and the rest, so that the truth is known. Exit 1 when a floor
is missed. The designs are built from the protocols themselves: one that is added is in the next table.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.results.crossed import Crossing
from benchmark.results.schema import write_text_atomic
from scripts.update_readme import filled
from scripts.validation.coverage import SET_METRICS, VARIANCES, Line, means, sets
from scripts.validation.designs import Design, designs

PAGE = Path(__file__).resolve().parent.parent / "docs" / "statistics.md"
SEED = 0
_MANY_CASES = 100
"""Designs with more are only simulated for means, a quarter as often: a jackknife of 2,000 cases takes a minute."""
_HEADER = ("design", "cases", "drivers", "sources", "what", *VARIANCES)


@dataclass(frozen=True)
class Effort:
    """How many trials for means, and for metrics of whole sets."""

    means: int
    sets: int


FULL, QUICK = Effort(16_000, 100), Effort(2000, 40)


@dataclass(frozen=True)
class Row:
    """One design and one quantity under every set of variances."""

    design: str
    crossing: Crossing
    what: str
    lines: Sequence[Line]

    @property
    def cells(self) -> list[str]:
        """As printed: coverage, false positives, reports that call equal methods different."""
        c = self.crossing
        numbers = [
            f"{100 * one.coverage:.1f} / {100 * one.false_positives:.1f} / {100 * one.better:.1f}"
            f"{'' if one.holds else ' MISSED'}"
            for one in self.lines
        ]
        return [self.design, str(len(c.drivers)), str(c.n_drivers), str(c.n_sources), self.what, *numbers]


def rows_of(name: str, design: Design, effort: Effort) -> list[Row]:
    """The mean over cases, then each metric of whole sets that the protocol has."""
    crossing = design.crossing
    is_large = len(crossing.drivers) > _MANY_CASES
    trials = effort.means // 4 if is_large else effort.means
    of_means = [means(crossing, v, trials=trials, seed=SEED) for v in VARIANCES.values()]
    found = [Row(name, crossing, "mean", of_means)]
    names = [metric for metric in SET_METRICS if design.metrics is None or _kinds(design.metrics) & _kinds([metric])]
    if names and not is_large:
        by_variance = [sets(crossing, v, names, trials=effort.sets, seed=SEED) for v in VARIANCES.values()]
        found += [
            Row(name, crossing, metric.partition("[")[0], [one[metric] for one in by_variance]) for metric in names
        ]
    return found


def _kinds(metrics: Iterable[str]) -> set[str]:
    return {metric.partition("[")[0] for metric in metrics}


def line(cells: Sequence[str]) -> str:
    """One line of the table."""
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Print the table; 1 when a floor is missed."""
    parser = argparse.ArgumentParser(description="Coverage and false positives of every protocol's design.")
    parser.add_argument("--quick", action="store_true", help="fewer trials")
    parser.add_argument("--write", action="store_true", help=f"also put the table into {PAGE.name}")
    options = parser.parse_args()
    lines = [line(_HEADER), line(["---"] * len(_HEADER))]
    print("\n".join(lines), flush=True)
    held = True
    for name, design in designs().items():
        for row in rows_of(name, design, QUICK if options.quick else FULL):
            lines.append(line(row.cells))
            print(lines[-1], flush=True)
            held &= all(one.holds for one in row.lines)
    if options.write:
        write_text_atomic(PAGE, filled(PAGE.read_text(encoding="utf-8"), "\n".join(lines)))
    if not held:
        print("a floor is missed: coverage of at least 93 %, false positives of at most 6 %", file=sys.stderr)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
