"""Which measured rows can be told apart in the metric that they are sorted by: an order alone names no winner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.cells import one_line
from leaderboard.errors import SubmissionError
from leaderboard.tables import MeasuredTable

if TYPE_CHECKING:
    from benchmark.results.comparison import CaseValue, Comparisons


def with_tiers(table: MeasuredTable, metric: str, document: Callable[[int], str]) -> MeasuredTable:
    """The table with a note on which of its rows are really better, by the rule of `benchmark.results.comparison`.

    Args:
        document: the results file of a submission by its number.

    Raises:
        SubmissionError: a stored results file cannot be read.
    """
    column = next((column for column in table.columns if column.metric == metric), None)
    if column is None:
        return table
    if column.level == "set":
        return replace(table, order=(f"{metric}: a value of the whole set, as stated: the order says nothing more",))
    found = _compared(table, metric, document)
    tiers = found.tiers(metric)
    if not tiers:
        return table
    line = " > ".join(", ".join(tier) for tier in tiers)
    if not found.n_tested:
        few = one_line(f"{metric}: {line} (this protocol cannot tell: too few drivers or sources)")
        return replace(table, order=(few,))
    return replace(
        table,
        order=(one_line(f"{metric}: {line}; > is real at p <= .05, Holm-corrected for {found.n_tested} comparisons"),),
    )


def _compared(table: MeasuredTable, metric: str, document: Callable[[int], str]) -> Comparisons:
    from benchmark.results.comparison import Score, compare_scores

    index = next(i for i, column in enumerate(table.columns) if column.metric == metric)
    scores = []
    for row in table.rows:
        entry = row.entries[index]
        if entry is None or entry.value is None:
            continue
        cases = _cases(document(row.submission), row.submission, row.method, metric)
        label = f"{row.method} (#{row.submission})"
        complete = entry.cases_scored == entry.cases_expected
        scores.append(Score(label, metric, entry.value, entry.higher_is_better, entry.unit, cases, {}, complete))
    return compare_scores(scores)


def _cases(text: str, submission: int, method: str, metric: str) -> dict[str, CaseValue]:
    from pydantic import ValidationError

    from benchmark.results.comparison import CaseValue
    from benchmark.results.schema import Results

    try:
        results = Results.model_validate_json(text)
    except ValidationError as error:
        raise SubmissionError(f"expected submission {submission} as results but its document is damaged") from error
    return {
        row.case_id: CaseValue(row.value, row.cluster, row.source_cluster)
        for row in results.case_rows(method, metric)
        if row.value is not None
    }
