"""Deriving the aggregates of a results file again from its rows: whoever reads one can check it."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.results.schema import CaseRow, Results, close, summarise


def rederive(results: Results) -> list[str]:
    """Derive every case-level aggregate again from its rows; one line per disagreement.

    Checked: each method has one row per case and metric, all rows of a case name the same driver and source, counts,
    mean and interval to 1e-9. Intervals of files before 1.2 are not checked: they resampled drivers alone.
    """
    problems = _cluster_problems(results.rows)
    expected_ids = set(results.protocol.case_ids)
    for aggregate in results.aggregates:
        if aggregate.level != "case":
            continue
        label = f"{aggregate.method}/{aggregate.metric}"
        rows = results.case_rows(aggregate.method, aggregate.metric)
        if aggregate.not_computed is not None:
            if rows or aggregate.value is not None:
                problems.append(f"{label}: expected neither rows nor a value beside 'not computed'")
            continue
        ids = [row.case_id for row in rows]
        if len(ids) != len(set(ids)) or set(ids) != expected_ids:
            problems.append(f"{label}: expected one row for each of {len(expected_ids)} cases but got {len(ids)} rows")
        n_scored = sum(row.value is not None for row in rows)
        if (aggregate.cases_expected, aggregate.cases_scored) != (len(expected_ids), n_scored):
            problems.append(
                f"{label}: expected {n_scored} of {len(expected_ids)} cases scored but got"
                f" {aggregate.cases_scored} of {aggregate.cases_expected}"
            )
        names = ("value", "ci_low", "ci_high") if results.clusters_sources else ("value",)
        for name, want in zip(names, summarise(rows), strict=False):
            got = getattr(aggregate, name)
            if not close(want, got):
                problems.append(f"{label}: expected {name} {want} from the rows but got {got}")
    return problems


def _cluster_problems(rows: Sequence[CaseRow]) -> list[str]:
    """One line per case whose rows disagree on who drives or who is driven."""
    stated: dict[str, tuple[str, str | None]] = {}
    problems: dict[str, str] = {}
    for row in rows:
        first = stated.setdefault(row.case_id, (row.cluster, row.source_cluster))
        got = (row.cluster, row.source_cluster)
        if got != first:
            problems.setdefault(
                row.case_id,
                f"{row.case_id}: expected one driver and one source in all rows but got {first} and {got}",
            )
    return list(problems.values())
