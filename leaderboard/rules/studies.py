"""What people preferred, as a results file states it: checked against the file, and shown as columns of tables."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.results.schema import Aggregate, Results
from leaderboard.rules.known import KnownProtocol

UNIT = "% of preferences"


def study_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Studies that were not asked on the cases of this file.

    That percentages add up, lie in their intervals and fit each other is part of the schema
    (`benchmark.results.preferences`). The votes are not in the file: the percentages are as stated.
    """
    for one in results.studies or []:
        if one.case_list_sha256 != results.protocol.case_list_sha256:
            yield (
                f"{one.metric}: expected a study on the cases of {known.name}, list"
                f" {results.protocol.case_list_sha256[:12]}, but got one on {one.case_list_sha256[:12]}"
            )
        if one.cases > len(results.protocol.case_ids):
            yield f"{one.metric}: expected at most {len(results.protocol.case_ids)} cases but got {one.cases}"


def study_aggregates(results: Results) -> list[Aggregate]:
    """Percentages of this file's methods; a column has the study in its name, because other studies do not compare."""
    names = [method.name for method in results.methods]
    return [
        Aggregate(
            method=row.method,
            metric=study.metric,
            level="set",
            value=row.percent,
            ci_low=row.ci_low,
            ci_high=row.ci_high,
            cases_expected=study.cases,
            cases_scored=study.cases,
            cases_failed=0,
            higher_is_better=True,
            unit=UNIT,
        )
        for study in results.studies or []
        for row in study.rows
        if row.method in names
    ]
