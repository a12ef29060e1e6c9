"""The scores of a run in the layout of papers: one row a method, one column a metric, coverage beside each score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.metrics.eyes import LEGEND
from benchmark.report.grid import Cell, Grid
from benchmark.report.method_cards import label_legends, label_of
from benchmark.report.table import (
    ARROWS,
    format_value,
    interval_kind,
    is_marked,
    mark_of,
    shown_comparisons,
    shown_metrics,
)
from benchmark.report.tiers import rule
from benchmark.results.comparison import Comparisons
from benchmark.results.schema import Aggregate, Results
from feed_dataset.core.jobs.words import counted

COLUMNS = 6
"""Metrics of one table: more do not fit on a page."""


def paper_tables(results: Results, metrics: Sequence[str] | None = None) -> list[Grid]:
    """Tables of at most `COLUMNS` metrics each.

    Bold are the methods of the first tier: nothing is really better than any of them. Where the protocol cannot tell
    methods apart, or a metric has no direction, none is.

    Args:
        metrics: these, in this order; all that are shown when None.
    """
    chosen = shown_metrics(results) if metrics is None else list(metrics)
    found = shown_comparisons(results)
    parts = [chosen[start : start + COLUMNS] for start in range(0, len(chosen), COLUMNS)]
    return [
        _grid(results, part, found, f" ({place} of {len(parts)})" if len(parts) > 1 else "")
        for place, part in enumerate(parts, 1)
    ]


def _grid(results: Results, metrics: Sequence[str], found: Comparisons, part: str) -> Grid:
    protocol = results.protocol
    best = {metric: leaders(found, metric) for metric in metrics}
    rows: list[tuple[Cell | str, ...]] = [
        (label_of(results, one.name), *(_cell(results, one.name, metric, best) for metric in metrics))
        for one in results.methods
    ]
    limited = f", the first {protocol.limit} only" if protocol.limit else ""
    title = (
        f"{protocol.name} v{protocol.version} on {results.data.name}:"
        f" {counted(len(protocol.case_ids), 'case')}{limited}{part};"
        f" mean, {interval_kind(results)}, and cases scored of expected"
    )
    notes = [rule(found)]
    if any(best.values()):
        notes.append("Bold: the first tier")
    notes += [*([LEGEND] if is_marked(results) else []), *label_legends(results)]
    return Grid(title, ("method", *(_title(results, metric) for metric in metrics)), tuple(rows), tuple(notes))


def leaders(found: Comparisons, metric: str) -> set[str]:
    """The methods of the first tier, where there is a second one."""
    tiers = found.tiers(metric)
    return set(tiers[0]) if len(tiers) > 1 else set()


def _title(results: Results, metric: str) -> str:
    first = next((one for one in results.aggregates if one.metric == metric), None)
    if first is None:
        return metric
    unit = f" ({first.unit})" if first.unit else ""
    return f"{metric}{unit} {ARROWS[first.higher_is_better]}".rstrip()


def _cell(results: Results, method: str, metric: str, best: Mapping[str, set[str]]) -> Cell:
    one = results.aggregate(method, metric)
    if one is None or one.not_computed is not None:
        return Cell("–")
    return Cell(f"{format_value(one.value)}{mark_of(results, one)}", beside(one), method in best[metric])


def beside(one: Aggregate) -> str:
    """Interval and coverage: "[0.900, 0.923] 26/28"."""
    interval = ""
    if one.ci_low is not None and one.ci_high is not None:
        interval = f"[{format_value(one.ci_low)}, {format_value(one.ci_high)}] "
    return f"{interval}{one.cases_scored}/{one.cases_expected}"
