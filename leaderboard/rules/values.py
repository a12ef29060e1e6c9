"""The numbers of a results file derived again: means and intervals from rows, bounds of values of whole sets."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.metrics import CARDS, MetricCard
from benchmark.results.rederiving import rederive
from benchmark.results.schema import REFERENCE_ROW, Aggregate, CaseRow, Results, summarise
from leaderboard.rules.known import KnownProtocol
from leaderboard.rules.metrics import frames_due
from leaderboard.rules.relations import relation_problems
from leaderboard.rules.rows import by_metric, people_of
from leaderboard.rules.sets import GATHERED, set_interval, set_problems

_OF_THE_DATA = "csim_calibration"
"""The metric that no method can move: it is measured on the real videos of the cases alone."""
_REAL_SIDE = ("n_real", "n_real_failed", "n_drivers", "n_sources", "dimensions")


def value_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Aggregates that their rows do not lead to, rows that do not fit each other, and sets that no run can have."""
    yield from rederive(results)
    yield from relation_problems(results.rows)
    people, rows = people_of(results, known), by_metric(results.rows)
    for aggregate in results.aggregates:
        card = CARDS[aggregate.metric]
        label = f"{aggregate.method}/{aggregate.metric}"
        if aggregate.level == "case":
            if aggregate.extra:
                yield f"{label}: expected no extra values beside a mean of rows"
        elif aggregate.not_computed is None:
            ids = _usable(results, aggregate.method)
            usable = [people[case] for case in ids if case in people]
            most = len(usable) if people else len(ids)  # without rows nobody says whose the cases are
            beside = _rows_of_same_frames(aggregate, card, rows)
            for problem in set_problems(
                aggregate,
                card,
                usable,
                frames_due(card, known.frames_per_case, known.embed_every),
                beside,
                against_reference=known.has_references,
                most=most,
            ):
                yield f"{label}: {problem}"
    yield from _shared_problems(results)


def derived(results: Results) -> list[Aggregate]:
    """The aggregates of accepted results with every number that rows, or replicates of a set, lead to computed here."""
    rows = by_metric(results.rows)
    found = []
    for aggregate in results.aggregates:
        value, interval = aggregate.value, set_interval(aggregate)
        low, high = (None, None) if interval is None else (interval.low, interval.high)
        if aggregate.level == "case" and aggregate.not_computed is None:
            value, low, high = summarise(rows[aggregate.method, aggregate.metric])
        found.append(aggregate.model_copy(update={"value": value, "ci_low": low, "ci_high": high}))
    return found


def _usable(results: Results, method: str) -> tuple[str, ...]:
    """Ids of the cases that did not fail for a method."""
    failed = {failure.case_id for failure in results.failures if failure.method in (None, method)}
    return tuple(case for case in results.protocol.case_ids if case not in failed)


def _rows_of_same_frames(
    aggregate: Aggregate, card: MetricCard, rows: dict[tuple[str, str], list[CaseRow]]
) -> list[CaseRow]:
    """Rows of the metric that compares each frame's features, of which the set consists, with the source's."""
    if aggregate.metric.startswith(_OF_THE_DATA) or not card.features:
        return []
    same = (m for m, other in CARDS.items() if m.startswith("csim[") and other.features == card.features)
    return next((found for m in same if (found := rows.get((aggregate.method, m)))), [])


def _shared_problems(results: Results) -> Iterator[str]:
    """What is measured on real videos alone is the same for all methods that have the same cases."""
    first: dict[tuple[str, tuple[str, ...]], Aggregate] = {}
    for one in results.aggregates:
        if one.level != "set" or one.not_computed is not None or one.method == REFERENCE_ROW:
            continue
        other = first.setdefault((one.metric, _usable(results, one.method)), one)
        of_the_data = one.metric.startswith(_OF_THE_DATA)
        names = sorted({*one.extra, *other.extra}) if of_the_data else [n for n in _REAL_SIDE if n in GATHERED]
        unlike = [name for name in names if one.extra.get(name) != other.extra.get(name)]
        if unlike or (of_the_data and one.value != other.value):
            yield (
                f"{one.method}/{one.metric}: expected what {other.method} has, because it is of the same real videos,"
                f" but got another {unlike[0] if unlike else 'value'}"
            )
