"""Stored entries arranged as tables. Only what shares protocol, exact cases and data stands in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feed_dataset.core.jobs.cells import one_line
from leaderboard.entries import Entry, Group
from leaderboard.errors import SubmissionError
from leaderboard.text import unknown

SET_LEVEL_NOTE = "† as stated by the submitter: a value of the whole set cannot be derived again from rows."
REPORTED_NOTE = "Other protocols, crops and networks than above: not comparable with measured rows."


@dataclass(frozen=True)
class Column:
    """One metric of a measured table."""

    metric: str
    unit: str
    higher_is_better: bool | None
    level: str

    @property
    def title(self) -> str:
        """Exact name, unit, direction, and the mark of what could not be derived again."""
        unit = f" ({self.unit})" if self.unit else ""
        mark = " †" if self.level == "set" else ""
        return f"{one_line(self.metric + unit)}{arrow(self.higher_is_better)}{mark}"


@dataclass(frozen=True)
class MeasuredRow:
    """One method of one submission; an entry is None where its submission lacks the metric."""

    method: str
    submission: int
    weights_sha256: str | None
    entries: tuple[Entry | None, ...]  # one per column


@dataclass(frozen=True)
class MeasuredTable:
    """Measured rows that may be compared with each other."""

    group: Group
    columns: tuple[Column, ...]
    rows: tuple[MeasuredRow, ...]
    order: tuple[str, ...] = ()  # which rows can be told apart, where they are sorted

    @property
    def title(self) -> str:
        """Protocol, extent and data in one line."""
        g = self.group
        part = f", first {g.case_limit} only" if g.case_limit is not None else ""
        kind = "synthetic" if g.synthetic else "real"
        return one_line(
            f"{g.protocol} v{g.protocol_version}: {g.n_cases} cases{part} on {g.data_name}"
            f" ({kind}, {g.data_digest[:12]}), case list {g.case_list_sha256[:12]}"
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know about marks in the cells."""
        missing = {
            one_line(f"– {entry.metric}: not computed, needs {entry.needs}"): None
            for row in self.rows
            for entry in row.entries
            if entry is not None and entry.needs is not None
        }
        return (*self.order, *((SET_LEVEL_NOTE,) if any(c.level == "set" for c in self.columns) else ()), *missing)


def measured_tables(groups: Mapping[Group, Sequence[Entry]], *, sort: str | None = None) -> tuple[MeasuredTable, ...]:
    """One table per group of comparable entries.

    A method that came again with the same weights and values (bounds do, with every run) is one row.

    Args:
        groups: what the store holds.
        sort: order rows by this metric, best first; by submission when None.

    Raises:
        SubmissionError: no table has the metric `sort`, or it has no direction.
    """
    tables = tuple(_table(group, entries) for group, entries in groups.items())
    if sort is None:
        return tables
    directed = {c.metric for t in tables for c in t.columns if c.higher_is_better is not None}
    if not directed:
        raise SubmissionError(f"expected rows to sort by {sort!r} but the leaderboard has none yet")
    if sort not in directed:
        raise SubmissionError(unknown("metric to sort by", sort, directed))
    return tuple(_sorted(table, sort) for table in tables)


def arrow(higher_is_better: bool | None) -> str:
    """Direction of a metric, as papers print it."""
    return {True: " ↑", False: " ↓", None: ""}[higher_is_better]


def number(value: float) -> str:
    """A value with about four significant digits, never in exponents."""
    magnitude = abs(value)
    return f"{value:.{3 if magnitude < 10 else 2 if magnitude < 100 else 1}f}"


def interval(entry: Entry) -> str:
    """Confidence interval, "" when there is none."""
    if entry.ci_low is None or entry.ci_high is None:
        return ""
    return f"[{number(entry.ci_low)}, {number(entry.ci_high)}]"


def coverage(entry: Entry) -> str:
    """How many cases failed, "" when none did."""
    if entry.cases_scored == entry.cases_expected:
        return ""
    return f"{entry.cases_scored}/{entry.cases_expected} cases"


def _table(group: Group, entries: Sequence[Entry]) -> MeasuredTable:
    columns: dict[str, Column] = {}
    by_row: dict[tuple[int, str], dict[str, Entry]] = {}
    for entry in entries:
        column = Column(entry.metric, entry.unit, entry.higher_is_better, entry.level)
        columns.setdefault(entry.metric, column)
        by_row.setdefault((entry.submission, entry.method), {})[entry.metric] = entry
    rows: dict[object, MeasuredRow] = {}
    for (submission, method), found in by_row.items():
        cells = tuple(found.get(metric) for metric in columns)
        weights = next(iter(found.values())).weights_sha256
        content = tuple(e and (e.value, e.ci_low, e.ci_high, e.cases_scored, e.needs) for e in cells)
        rows.setdefault((method, weights, content), MeasuredRow(method, submission, weights, cells))
    return MeasuredTable(group, tuple(columns.values()), tuple(rows.values()))


def _sorted(table: MeasuredTable, metric: str) -> MeasuredTable:
    index = next((i for i, column in enumerate(table.columns) if column.metric == metric), None)
    if index is None:
        return table
    sign = -1.0 if table.columns[index].higher_is_better else 1.0

    def key(row: MeasuredRow) -> tuple[bool, float]:
        entry = row.entries[index]
        missing = entry is None or entry.value is None
        return missing, 0.0 if entry is None or entry.value is None else sign * entry.value

    return MeasuredTable(table.group, table.columns, tuple(sorted(table.rows, key=key)))
