"""The headline metrics by task, by language, by who drives and by who is driven, and in every single case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmark.report.breakdown import BY, OTHER, breakdown_grids, task_of
from benchmark.report.grid import Grid
from benchmark.report.languages import spoken, unheard_mark
from benchmark.report.overview import Column, headline_columns
from benchmark.report.table import format_value, mark_for
from benchmark.results.schema import CaseRow, Results

MOST_GROUPS = 60
MOST_CASE_LINES = 600
"""Lines of one table: a page with thousands of cases shows those of one method that are worst."""


@dataclass(frozen=True)
class CaseLine:
    """One case of one method: texts, and what they are sorted by."""

    case_id: str
    method: str
    task: str
    language: str
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CaseTable:
    """Every case, or the worst ones of the first method where they are too many."""

    columns: tuple[Column, ...]
    lines: tuple[CaseLine, ...]
    left_out: int
    has_tasks: bool
    has_languages: bool


@dataclass(frozen=True)
class Breakdown:
    """All tables of one way to group the cases."""

    by: str
    grids: tuple[Grid, ...]


def breakdowns(results: Results, names: Sequence[str]) -> list[Breakdown]:
    """By task, language, driver and source, as far as there are at least two groups; no table is longer than 60."""
    metrics = [column.metric for column in _case_columns(results)]
    found = []
    for by in reversed(BY):
        if not metrics or (by == "task" and not _has_tasks(results)) or (by == "language" and not spoken(results)):
            continue
        grids = breakdown_grids(results, by, metrics, names)
        if len(grids[0].rows) > 2:  # the last one is of all cases
            found.append(Breakdown(by, tuple(_shortened(grid) for grid in grids)))
    return found


def case_table(results: Results, names: Sequence[str], ours: str) -> CaseTable:
    """The headline metrics of every single case."""
    columns, has_tasks = _case_columns(results), _has_tasks(results)
    metrics = {column.metric for column in columns}
    values = {(row.method, row.case_id, row.metric): row for row in results.rows if row.metric in metrics}
    tasks = {row.case_id: task_of(row) for row in values.values()} if has_tasks else {}
    languages = spoken(results)
    in_language = {row.case_id: languages.get(row.cluster, OTHER) for row in values.values()} if languages else {}
    case_ids = list(results.protocol.case_ids)
    left_out = 0
    if len(case_ids) * len(names) > MOST_CASE_LINES:
        case_ids = _worst_first(results, columns, ours, case_ids)
        names = [ours]
        left_out = max(len(case_ids) - MOST_CASE_LINES, 0)
    lines = [
        CaseLine(
            case_id,
            name,
            tasks.get(case_id, ""),
            in_language.get(case_id, ""),
            tuple(_number(results, values.get((name, case_id, column.metric))) for column in columns),
        )
        for case_id in case_ids[:MOST_CASE_LINES]
        for name in names
    ]
    return CaseTable(columns, tuple(lines) if columns else (), left_out, has_tasks, bool(languages))


def _case_columns(results: Results) -> tuple[Column, ...]:
    of_cases = {a.metric for a in results.aggregates if a.level == "case"}
    return tuple(column for column in headline_columns(results) if column.metric in of_cases)


def _has_tasks(results: Results) -> bool:
    return any(task_of(row) != OTHER for row in results.rows)


def _shortened(grid: Grid) -> Grid:
    """Without what the page says once for all, and at most 60 groups."""
    groups, whole = grid.rows[:-1], grid.rows[-1]
    hidden = len(groups) - MOST_GROUPS
    notes = (f"{hidden} more groups are not shown; show-results has them",) if hidden > 0 else ()
    title = grid.title.partition(", ")[0]
    return replace(grid, title=title, rows=(*groups[:MOST_GROUPS], whole), notes=notes)


def _number(results: Results, row: CaseRow | None) -> tuple[str, str]:
    if row is None or row.value is None:
        return ("–", "")
    marks = f"{mark_for(results, row.method, row.metric)}{unheard_mark(results, row)}"
    return (f"{format_value(row.value)}{marks}", repr(row.value))


def _worst_first(results: Results, columns: Sequence[Column], ours: str, case_ids: Sequence[str]) -> list[str]:
    if not columns:
        return list(case_ids)
    values = {row.case_id: row.value for row in results.case_rows(ours, columns[0].metric) if row.value is not None}
    sign = -1 if columns[0].arrow == "↓" else 1
    return sorted(case_ids, key=lambda one: (one not in values, sign * values.get(one, 0.0), one))
