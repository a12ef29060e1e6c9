"""Several runs in one table: scores, paired tests, what could have been found, and what may not be compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from benchmark.report.differences import POWER_HEADING, power_lines
from benchmark.report.grid import Grid
from benchmark.report.paper_tables import paper_tables
from benchmark.report.table import format_value, shown_comparisons, shown_metrics
from benchmark.report.tiers import tier_lines
from benchmark.results.comparison import Comparisons, Difference
from benchmark.results.schema import Aggregate, Results
from benchmark.runs.together import Together


def comparison_grids(one: Together, against: str | None = None) -> list[Grid]:
    """Everything of one table that may be compared.

    Args:
        against: only tests of this method; all pairs when None.
    """
    found = shown_comparisons(one.results)
    grids = paper_tables(one.results)
    tiers = tier_lines(found)
    if tiers:
        grids.append(Grid("Tiers", ("metric", "from better to worse"), tuple(tiers.items()), names=2))
    names = [method.name for method in one.results.methods]
    tests = tests_grid(found, against if against in names else None)
    if tests.rows:
        grids.append(tests)
    power = power_grid(one.results, found)
    return [*grids, power] if power.rows else grids


def power_grid(results: Results, found: Comparisons) -> Grid:
    """Which difference the protocol would find in each metric."""
    lines = power_lines(results, found)
    header = ("metric", "driver / source / rest", "one comparison", "all shown")
    rows = tuple((line.metric, line.shares, line.alone, line.corrected) for line in lines)
    return Grid("Power", header, rows, (POWER_HEADING,))


def tests_grid(found: Comparisons, against: str | None = None) -> Grid:
    """Each pair of methods in each metric: difference, interval, p before and after correction, what would be found."""
    rows = []
    for metric in dict.fromkeys(one.metric for one in found.differences):
        for one in found.in_metric(metric):
            if against is None or against in (one.a, one.b):
                rows.append(_test_row(one.reversed() if one.b == against else one))
    header = ("metric", "A", "B", "A - B", "95 % interval", "p", "p corrected", "real?", "would be found")
    return Grid("Paired tests", header, tuple(rows), names=3)


def _test_row(one: Difference) -> tuple[str, ...]:
    interval, detectable = one.interval, one.detectable
    return (
        one.metric,
        one.a,
        one.b,
        format_value(one.estimate),
        "–" if interval is None else f"[{format_value(interval[0])}, {format_value(interval[1])}]",
        "–" if one.p_value is None else f"{one.p_value:.2g}",
        "–" if one.adjusted_p is None else f"{one.adjusted_p:.2g}",
        "cannot tell" if one.p_value is None else "yes" if one.is_real else "no",
        "–" if detectable is None else format_value(detectable[1]),
    )


def as_json(tables: Sequence[Together]) -> list[dict[str, Any]]:
    """Every number of a comparison, unrounded."""
    return [_table_json(one) for one in tables]


def _table_json(one: Together) -> dict[str, Any]:
    results, found = one.results, shown_comparisons(one.results)
    protocol = results.protocol
    return {
        "protocol": protocol.name,
        "version": protocol.version,
        "case_list_sha256": protocol.case_list_sha256,
        "cases": len(protocol.case_ids),
        "data": results.data.model_dump(),
        "runs": list(one.runs),
        "apart": one.apart,
        "notes": list(one.notes),
        "methods": [method.name for method in results.methods],
        "comparisons": found.n_tested,
        "metrics": [_metric_json(results, found, metric) for metric in shown_metrics(results)],
    }


def _metric_json(results: Results, found: Comparisons, metric: str) -> dict[str, Any]:
    aggregates = [a for a in results.aggregates if a.metric == metric and a.not_computed is None]
    return {
        "metric": metric,
        "unit": aggregates[0].unit,
        "higher_is_better": aggregates[0].higher_is_better,
        "scores": {a.method: _score_json(a) for a in aggregates},
        "tiers": found.tiers(metric),
        "differences": [_difference_json(one) for one in found.in_metric(metric)],
    }


def _score_json(one: Aggregate) -> dict[str, Any]:
    names = ("value", "ci_low", "ci_high", "cases_expected", "cases_scored", "cases_failed")
    return {name: getattr(one, name) for name in names}


def _difference_json(one: Difference) -> dict[str, Any]:
    names = ("a", "b", "estimate", "n", "n_drivers", "n_sources", "n_effective", "p_value", "adjusted_p", "is_real")
    found = {name: getattr(one, name) for name in names}
    low, high = one.interval or (None, None)
    alone, corrected = one.detectable or (None, None)
    more = {"ci_low": low, "ci_high": high, "detectable_alone": alone, "detectable_corrected": corrected}
    return found | {name: None if value is None or not math.isfinite(value) else value for name, value in more.items()}
