"""The scores of one run by who drives, who is driven, what the driver does, or which language is spoken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Literal

from benchmark.metrics.eyes import LEGEND, MARK
from benchmark.report.grid import Cell, Grid
from benchmark.report.languages import UNHEARD, foreign_to, spoken
from benchmark.report.method_cards import label_legends, label_of
from benchmark.report.paper_tables import beside
from benchmark.report.table import ARROWS, format_value, is_marked, mark_for, mark_of, shown_metrics
from benchmark.results.errors import BenchmarkError
from benchmark.results.schema import Aggregate, CaseRow, Results, summarise
from feed_dataset.core.jobs.words import counted
from feed_dataset.layout.names import parse_clip_path

By = Literal["driver", "source", "language", "task"]
BY: tuple[By, ...] = ("driver", "source", "language", "task")
OTHER = "other"


def task_of(row: CaseRow) -> str:
    """The task of FEED that the driver's clip shows, from the name of the case: "S08-FF_NR_C--S99" is asymmetric."""
    return _task_of_case(row.case_id, row.cluster)


@lru_cache(maxsize=65_536)
def _task_of_case(case_id: str, cluster: str) -> str:
    clip = case_id.partition("--")[0].removeprefix(f"{cluster}-")
    found = parse_clip_path(PurePath(cluster, f"{clip}.mp4"), "")
    return OTHER if isinstance(found, str) else found.stem.task


def _grouping(results: Results, by: By) -> Callable[[CaseRow], str]:
    languages = spoken(results)
    ways: Mapping[By, Callable[[CaseRow], str]] = {
        "driver": lambda row: row.cluster,
        "source": lambda row: row.source_cluster or OTHER,
        "language": lambda row: languages.get(row.cluster, OTHER),
        "task": task_of,
    }
    return ways[by]


def score_grid(results: Results, metrics: Sequence[str], methods: Sequence[str]) -> Grid:
    """One line a metric, one column a method: value, interval, coverage."""
    rows: list[tuple[Cell | str, ...]] = []
    for metric in metrics:
        found = [results.aggregate(method, metric) for method in methods]
        rows.append((_title(results, metric), *(_cell(results, one) for one in found)))
    header = ("metric", *(label_of(results, method) for method in methods))
    return Grid(_heading(results), header, tuple(rows), _notes(results, has_marks=is_marked(results)))


def _notes(results: Results, *, has_marks: bool) -> tuple[str, ...]:
    return (*([LEGEND] if has_marks else []), *label_legends(results))


def breakdown_grids(results: Results, by: By, metrics: Sequence[str], methods: Sequence[str]) -> list[Grid]:
    """A table for each metric of single cases: one line a group, one column a method, then all cases together.

    Signs are explained below the last one.

    Raises:
        BenchmarkError: no metric of single cases is among these, no case names its task, or of no case is it known what
            language is spoken.
    """
    grids = [_group_grid(results, by, metric, methods) for metric in _of_cases(results, metrics, by)]
    cells = (cell for grid in grids for row in grid.rows for cell in row)
    has_marks = any(isinstance(cell, Cell) and MARK in cell.text for cell in cells)
    return [*grids[:-1], replace(grids[-1], notes=_notes(results, has_marks=has_marks))]


def _of_cases(results: Results, metrics: Sequence[str], by: By) -> list[str]:
    found = [one for one in metrics if any(row.metric == one for row in results.rows)]
    if not found:
        raise BenchmarkError(
            f"expected a metric of single cases to show by {by} but got {', '.join(metrics) or 'none'}"
        )
    if by == "task" and all(task_of(row) == OTHER for row in results.rows):
        raise BenchmarkError(f"expected cases of FEED's tasks but none of {results.protocol.name} names one")
    if by == "language" and not spoken(results):
        raise BenchmarkError(f"expected data that says which language is spoken but {results.data.name} does not")
    return found


def _group_grid(results: Results, by: By, metric: str, methods: Sequence[str]) -> Grid:
    group_of = _grouping(results, by)
    groups: dict[str, dict[str, list[CaseRow]]] = {}
    for method in methods:
        for row in results.case_rows(method, metric):
            groups.setdefault(group_of(row), {}).setdefault(method, []).append(row)
    marks = {method: mark_for(results, method, metric) for method in methods}
    foreign = {method: foreign_to(results, method) if by == "language" else () for method in methods}
    rows: list[tuple[Cell | str, ...]] = [
        (
            group,
            *(
                _of_rows(found.get(method, ()), marks[method] + (UNHEARD if group in foreign[method] else ""))
                for method in methods
            ),
        )
        for group, found in sorted(groups.items())
    ]
    rows.append(("all", *(_of_rows(results.case_rows(method, metric), marks[method]) for method in methods)))
    header = (by, *(label_of(results, method) for method in methods))
    return Grid(f"{_title(results, metric)} by {by}, {_heading(results)}", header, tuple(rows))


def _of_rows(rows: Sequence[CaseRow], mark: str) -> Cell:
    value, low, high = summarise(rows)
    scored = sum(row.value is not None for row in rows)
    interval = "" if low is None or high is None else f"[{format_value(low)}, {format_value(high)}] "
    small = f"{interval}{scored}/{len(rows)}"
    return Cell("–", small) if value is None else Cell(f"{format_value(value)}{mark}", small, sort=repr(value))


def _cell(results: Results, one: Aggregate | None) -> Cell:
    if one is None or one.not_computed is not None:
        return Cell("not computed" if one is not None else "–")
    return Cell(f"{format_value(one.value)}{mark_of(results, one)}", beside(one))


def _title(results: Results, metric: str) -> str:
    first = next(one for one in results.aggregates if one.metric == metric)
    unit = f" ({first.unit})" if first.unit else ""
    return f"{metric}{unit} {ARROWS[first.higher_is_better]}".rstrip()


def _heading(results: Results) -> str:
    protocol = results.protocol
    return f"{protocol.name} v{protocol.version} on {results.data.name}, {counted(len(protocol.case_ids), 'case')}"


def as_json(results: Results, by: By | None, metrics: Sequence[str], methods: Sequence[str]) -> list[dict[str, Any]]:
    """One object for each method and metric, of groups one for each of them; values unrounded."""
    names = ("value", "ci_low", "ci_high", "cases_scored", "cases_expected")
    if by is None:
        aggregates = [one for m in metrics for name in methods if (one := results.aggregate(name, m)) is not None]
        return [
            {"method": one.method, "metric": one.metric, **{name: getattr(one, name) for name in names}}
            for one in aggregates
        ]
    found: list[dict[str, Any]] = []
    group_of = _grouping(results, by)
    for metric in _of_cases(results, metrics, by):
        for method in methods:
            groups: dict[str, list[CaseRow]] = {}
            for row in results.case_rows(method, metric):
                groups.setdefault(group_of(row), []).append(row)
            for group, rows in sorted(groups.items()):
                scored = sum(row.value is not None for row in rows)
                values = (*summarise(rows), scored, len(rows))
                labels = {"method": method, "metric": metric, by: group}
                found.append({**labels, **dict(zip(names, values, strict=True))})
    return found


def chosen_metrics(results: Results, wanted: Sequence[str] | None, by: By | None = None) -> list[str]:
    """Those that tables show, or these.

    Raises:
        BenchmarkError: one of these is not there, naming the nearest; or it is of the whole set, and groups are wanted.
    """
    from feed_dataset.core.jobs.suggestions import unknown

    there = {one.metric: one.level for one in results.aggregates}
    for one in wanted or ():
        if one not in there:
            raise BenchmarkError(unknown("metric", one, there))
        if by is not None and there[one] == "set":
            raise BenchmarkError(f"expected metrics of single cases to show by {by} but {one} is of the whole set")
    return list(wanted) if wanted else shown_metrics(results)
