"""How far a mean could move if what was lost had counted: failures must not make a method look better than it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.metrics import CARDS
from benchmark.report.table import format_value, metric_order
from benchmark.results.schema import CaseRow, Results

_INPUTS = ("driver: ", "reference: ", "source: ", "no sound")
"""How reasons begin that lie in what every method was given."""


@dataclass(frozen=True)
class Survivorship:
    """One metric of one method that lost frames.

    Args:
        value: the mean as reported; None when nothing was scored.
        lost: share of the expected frames that the method is to blame for, each case weighing the same. Cases whose
            driver does not show what is measured, and frames that the inputs lack, are the same for every method.
        if_worst: the mean with every lost frame at the worst possible value; None where there is no worst value.
        if_best: likewise at the best possible value.
    """

    method: str
    metric: str
    value: float | None
    lost: float
    if_worst: float | None
    if_best: float | None

    @property
    def shares(self) -> str:
        """How much was lost, for people."""
        return f"{100 * self.lost:.3g} %"

    @property
    def reported(self) -> str:
        return format_value(self.value)

    @property
    def worst(self) -> str:
        return "no limit" if self.if_worst is None else format_value(self.if_worst)

    @property
    def best(self) -> str:
        return "no limit" if self.if_best is None else format_value(self.if_best)


def audit(results: Results) -> list[Survivorship]:
    """Every metric of single cases that lost frames somewhere, in the order of tables."""
    found = []
    for metric in metric_order(results):
        for method in results.methods:
            rows = results.case_rows(method.name, metric)
            aggregate = results.aggregate(method.name, metric)
            known = CARDS.get(metric)
            rows = [row for row in rows if not is_for_nobody(row)]
            lost = sum(_lost(row) for row in rows) / len(rows) if rows else 0.0
            if lost == 0.0 or aggregate is None or known is None:
                continue
            low, high = known.value_range
            if known.higher_is_better is None:
                low, high = None, None  # neither end is worse
            worst, best = (low, high) if known.higher_is_better else (high, low)
            found.append(
                Survivorship(
                    method.name, metric, aggregate.value, lost, _mean_with(rows, worst), _mean_with(rows, best)
                )
            )
    return found


def _mean_with(rows: Sequence[CaseRow], bound: float | None) -> float | None:
    """The mean over cases where each case's lost frames have the value `bound`."""
    if bound is None:
        return None
    return sum((1 - _lost(row)) * (row.value or 0.0) + _lost(row) * bound for row in rows) / len(rows)


def is_for_nobody(row: CaseRow) -> bool:
    """Whether no method could have got a value: everything was lost to the inputs."""
    return row.value is None and row.frames_expected > 0 and _blamed(row) == 0


def _lost(row: CaseRow) -> float:
    if row.value is None:
        return 1.0
    return _blamed(row) / max(1, row.frames_scored + _blamed(row))


def _blamed(row: CaseRow) -> int:
    """Frames that were lost, and not to the inputs."""
    to_inputs = sum(failure.count for failure in row.failures if failure.reason.startswith(_INPUTS))
    return max(0, row.frames_expected - row.frames_scored - to_inputs)
