"""Coverage of a preference study's intervals, by drawing studies whose truth is known.

    python -m scripts.bench_study            # the table of docs/study.md, about six minutes on one core
    python -m scripts.bench_study --quick    # fewer trials, half a minute
    python -m scripts.bench_study --write    # and put the table into the page

24 raters whose own taste for each method is spread by so much around the average rater's, and cases likewise. The truth
is what infinitely many raters and cases would give. Exit 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmark.results.schema import write_text_atomic
from leaderboard.study.simulate import Coverage, Design, coverage, draw, evenly_spaced
from leaderboard.study.tiers import compare
from scripts.update_readme import filled

PAGE = Path(__file__).resolve().parent.parent / "docs" / "study.md"
FLOOR, CEILING = 0.93, 0.06
SEED = 0
_TASTES = (0.0, 0.5, 1.0)
_ITEM_SD = 0.5
DESIGNS = {
    "6 methods, 30 questions": Design(evenly_spaced(6, 0.5), 24, 30, 40, item_sd=_ITEM_SD),
    "3 methods, 12 questions, a third ties": Design(evenly_spaced(3, 0.8), 24, 12, 24, item_sd=_ITEM_SD, log_tie=0.0),
}
_HEADER = (
    "24 raters",
    "taste sd",
    "percentages",
    "ratings",
    "differences",
    "differences if votes were independent",
    "equal methods called different",
    "studies drawn",
)


@dataclass(frozen=True)
class Row:
    """One design with one spread of tastes."""

    name: str
    taste_sd: float
    found: Coverage
    false_alarms: float

    @property
    def holds(self) -> bool:
        """Whether it is within the floors; what independent votes would give has none."""
        lowest = min(self.found.shares, self.found.ratings, self.found.differences)
        return lowest >= FLOOR and self.false_alarms <= CEILING

    @property
    def cells(self) -> list[str]:
        """As printed, in per cent."""
        found = self.found
        shares = (found.shares, found.ratings, found.differences, found.independent, self.false_alarms)
        counted = str(found.trials) + (f", {found.left_out} without all ratings" if found.left_out else "")
        missed = "" if self.holds else " MISSED"
        return [self.name, f"{self.taste_sd:g}", *(f"{100 * one:.1f}" for one in shares), counted + missed]


def rows(trials: int) -> Iterator[Row]:
    """Every design with every spread of tastes."""
    for name, design in DESIGNS.items():
        for taste_sd in _TASTES:
            one = replace(design, taste_sd=taste_sd)
            yield Row(name, taste_sd, coverage(one, trials=trials, seed=SEED), false_alarms(one, trials))


def false_alarms(design: Design, trials: int) -> float:
    """How often any two of equal methods are called different, after Holm's correction."""
    equal = replace(design, theta=(0.0,) * len(design.theta))
    drawn = (draw(equal, np.random.default_rng((SEED, 1, number))) for number in range(trials))
    return sum(any(one.is_real for one in compare(votes)) for votes in drawn) / trials


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Print the table; 1 when a floor is missed."""
    parser = argparse.ArgumentParser(description="Coverage of a preference study's intervals.")
    parser.add_argument("--quick", action="store_true", help="200 studies for each row, not 2000")
    parser.add_argument("--write", action="store_true", help=f"also put the table into {PAGE.name}")
    options = parser.parse_args()
    lines = [_line(list(_HEADER)), _line(["---"] * len(_HEADER))]
    print("\n".join(lines), flush=True)
    held = True
    for row in rows(200 if options.quick else 2000):
        lines.append(_line(row.cells))
        print(lines[-1], flush=True)
        held &= row.holds
    if options.write:
        write_text_atomic(PAGE, filled(PAGE.read_text(encoding="utf-8"), "\n".join(lines)))
    if not held:
        print(
            f"missed: coverage of at least {100 * FLOOR:.0f} %, at most {100 * CEILING:.0f} % false alarms",
            file=sys.stderr,
        )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
