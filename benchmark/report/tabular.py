"""What the page's tables show: numbers with their uncertainty, what could not be computed, what the doctor found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.metrics import CARDS
from benchmark.report.survivorship import is_for_nobody
from benchmark.report.table import ARROWS, format_value, mark_of, not_of_references, shown_metrics
from benchmark.results.schema import REFERENCE_ROW, Aggregate, DoctorRecord, Results

_WORTH_SAYING = 0.95  # of the cases: fewer effective ones are said
_PART = "error_"  # what the parts of a value are called beside it
_PARTS_SHOWN = 3


@dataclass(frozen=True)
class Cell:
    """One number of the table."""

    value: str
    interval: str
    counts: str
    worth: str
    parts: str
    failed: bool
    computed: bool


@dataclass(frozen=True)
class Line:
    """One metric of the table."""

    metric: str
    title: str
    summary: str
    arrow: str
    unit: str
    remark: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Lacking:
    """Metrics that all miss the same thing."""

    metrics: Sequence[str]
    whose: str
    reason: str
    command: str | None


@dataclass(frozen=True)
class Doctor:
    """What the doctor found on the machine of the run."""

    passed: int
    failed: Sequence[DoctorRecord]
    metrics: int


def table_of(results: Results, names: Sequence[str], remarks: Mapping[str, str]) -> list[Line]:
    """One line per metric that any method has a value or failures of; the others are listed by `lacking`.

    Args:
        remarks: further lines under a metric's name, by its id.
    """
    lines = []
    for metric in shown_metrics(results):
        aggregates = [results.aggregate(name, metric) for name in names]
        first = next(one for one in aggregates if one is not None)
        cells = [_cell(results, one) for one in aggregates]
        known = CARDS.get(metric)
        lines.append(
            Line(
                metric=metric,
                title=known.title if known else metric,
                summary=known.summary if known else "",
                arrow=ARROWS[first.higher_is_better],
                unit=first.unit,
                remark=remarks.get(metric, ""),
                cells=cells,
            )
        )
    return lines


def lacking(results: Results) -> list[Lacking]:
    """What was not computed and why, metrics of one reason together."""
    by_metric: dict[tuple[str, str, str | None], list[str]] = {}
    for aggregate in results.aggregates:
        lack = aggregate.not_computed
        if lack is not None:
            key = (aggregate.metric, f"not computed: needs {lack.needs}", lack.command)
        elif aggregate.value is None and "reason" in aggregate.extra:
            key = (aggregate.metric, f"without a value: {aggregate.extra['reason']}", None)
        else:
            continue
        by_metric.setdefault(key, []).append(aggregate.method)
    grouped: dict[tuple[str, str, str | None], list[str]] = {}
    for (metric, reason, command), methods in by_metric.items():
        has_it = [m.name for m in results.methods if results.aggregate(m.name, metric) is not None]
        whose = "" if len(methods) == len(has_it) else f" of {', '.join(methods)}"
        grouped.setdefault((whose, reason, command), []).append(metric)
    references = (Lacking(ids, f" of {REFERENCE_ROW}", why, None) for why, ids in not_of_references(results).items())
    return [*(Lacking(metrics, *key) for key, metrics in grouped.items()), *references]


def doctor_of(results: Results) -> Doctor | None:
    """What the results say of the doctor; None where it was not asked."""
    if results.doctor is None:
        return None
    failed = [record for record in results.doctor if not record.passed]
    metrics = len({record.metric for record in results.doctor})
    return Doctor(len(results.doctor) - len(failed), failed, metrics)


def _cell(results: Results, aggregate: Aggregate | None) -> Cell:
    if aggregate is None:
        return Cell("", "", "", "", "", failed=False, computed=False)
    if aggregate.not_computed is not None:
        return Cell("not computed", "", "", "", "", failed=False, computed=False)
    low, high = aggregate.ci_low, aggregate.ci_high
    interval = "" if low is None or high is None else f"{format_value(low)} to {format_value(high)}"
    counts = f"{aggregate.cases_scored}/{aggregate.cases_expected} cases"
    worth = _worth(results, aggregate)
    # What no method could have scored is no failure of this one.
    rows = results.case_rows(aggregate.method, aggregate.metric)
    failed = aggregate.cases_failed > sum(is_for_nobody(row) for row in rows)
    value = f"{format_value(aggregate.value)}{mark_of(results, aggregate)}"
    return Cell(value, interval, counts, worth, worst_parts(aggregate), failed=failed, computed=True)


def worst_parts(aggregate: Aggregate) -> str:
    """Of a value that is the worst of several, the first of them: "jawOpen 0.210, browInnerUp 0.150"."""
    if "worst" not in aggregate.extra:
        return ""
    parts = {
        name.removeprefix(_PART): value
        for name, value in aggregate.extra.items()
        if name.startswith(_PART) and isinstance(value, float)
    }
    worst = sorted(parts, key=lambda name: (-parts[name], name))[:_PARTS_SHOWN]
    return ", ".join(f"{name} {format_value(parts[name])}" for name in worst)


def _worth(results: Results, aggregate: Aggregate) -> str:
    """How many independent cases the scored ones are worth, where that is fewer."""
    from benchmark.results.crossed import Crossing, mean_of

    rows = [row for row in results.case_rows(aggregate.method, aggregate.metric) if row.value is not None]
    if not rows:
        return ""
    crossing = Crossing.of([row.cluster for row in rows], [row.source_cluster for row in rows])
    mean = mean_of([row.value for row in rows if row.value is not None], crossing)
    if mean.n_effective is None or mean.n_effective >= _WORTH_SAYING * mean.n:
        return ""
    return f"worth {mean.n_effective:.1f} independent ones"
