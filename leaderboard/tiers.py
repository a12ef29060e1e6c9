"""Which measured rows can be told apart in the metric that they are sorted by: an order alone names no winner."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.cells import one_line
from leaderboard.cases import StoredCases
from leaderboard.entries import Entry
from leaderboard.tables import MeasuredRow, MeasuredTable

if TYPE_CHECKING:
    from benchmark.results.comparison import Score


@dataclass(frozen=True)
class Tiers:
    """Rows from better to worse in groups; inside a group not all can be told apart.

    Args:
        groups: (submission, method) of rows; empty where nothing can be said.
        n_tested: how many comparisons p was corrected for; 0 where the protocol cannot tell.
        n_left_out: rows after the best ones, which were not compared.
        is_of_set: a value of the whole set, to which no cases lead.
    """

    metric: str
    groups: tuple[tuple[tuple[int, str], ...], ...] = ()
    n_tested: int = 0
    n_left_out: int = 0
    is_of_set: bool = False


def tiers_of(
    table: MeasuredTable,
    metric: str,
    cases: StoredCases,
    *,
    most: int | None = None,
    known: MutableMapping[tuple[str, ...], Tiers] | None = None,
) -> Tiers:
    """Compare every two rows in a metric, by the rule of `benchmark.results.comparison`.

    Args:
        table: its rows are compared.
        most: only that many of the best ones; all when None.
        known: what was compared before, which is added to: stored results never change.

    Raises:
        SubmissionError: a stored results file cannot be read.
    """
    from benchmark.results.comparison import compare_scores

    place = next((i for i, column in enumerate(table.columns) if column.metric == metric), None)
    if place is None or table.columns[place].higher_is_better is None:
        return Tiers(metric)
    if table.columns[place].level == "set":
        return Tiers(metric, is_of_set=True)
    scored = [(entry, row) for row in table.rows if (entry := row.entries[place]) is not None]
    scored = [(entry, row) for entry, row in scored if entry.value is not None]
    sign = -1.0 if table.columns[place].higher_is_better else 1.0
    best = sorted(scored, key=lambda pair: sign * (pair[0].value or 0.0))[:most]
    names = {_label(row): (row.submission, row.method) for _, row in best}
    asked = (metric, *names)
    memory = {} if known is None else known
    if asked not in memory:
        found = compare_scores([_score(entry, row, cases) for entry, row in best])
        groups = tuple(tuple(names[one] for one in tier) for tier in found.tiers(metric))
        memory[asked] = Tiers(metric, groups, found.n_tested)
    return replace(memory[asked], n_left_out=len(scored) - len(best))


def with_tiers(table: MeasuredTable, metric: str, document: Callable[[int], str]) -> MeasuredTable:
    """The table with a note on which of its rows are really better.

    Args:
        document: the results file of a submission by its number.

    Raises:
        SubmissionError: a stored results file cannot be read.
    """
    if metric not in {column.metric for column in table.columns}:
        return table
    tiers = tiers_of(table, metric, StoredCases(document))
    if tiers.is_of_set:
        return replace(table, order=(f"{metric}: a value of the whole set, as stated: the order says nothing more",))
    if not tiers.groups:
        return table
    line = " > ".join(", ".join(f"{method} (#{number})" for number, method in group) for group in tiers.groups)
    if not tiers.n_tested:
        few = one_line(f"{metric}: {line} (this protocol cannot tell: too few drivers or sources)")
        return replace(table, order=(few,))
    return replace(
        table,
        order=(one_line(f"{metric}: {line}; > is real at p <= .05, Holm-corrected for {tiers.n_tested} comparisons"),),
    )


def _score(entry: Entry, row: MeasuredRow, cases: StoredCases) -> Score:
    from benchmark.results.comparison import Score

    assert entry.value is not None
    values = cases.of(row.submission).get((row.method, entry.metric), {})
    complete = entry.cases_scored == entry.cases_expected
    return Score(_label(row), entry.metric, entry.value, entry.higher_is_better, entry.unit, values, {}, complete)


def _label(row: MeasuredRow) -> str:
    return f"{row.method} (#{row.submission})"
