"""Stage 3: from features to rows, from rows to aggregates. The same features give the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.engine.kept_scores import KeptScores
from benchmark.engine.networks import NetworkStatus
from benchmark.metrics import CaseFeatures, MetricCard
from benchmark.metrics.lacking import LATENTS
from benchmark.metrics.scoring import Thinned, cases_in, narrowed, row_of_case, stride_of
from benchmark.results.schema import Aggregate, CaseRow, Failure, NotComputed, summarise


@dataclass(frozen=True)
class CaseOutcome:
    """One method on one case: features, or the reason why there is nothing to score."""

    case_id: str
    cluster: str
    source_cluster: str | None
    features: CaseFeatures | None
    reason: str | None
    frames_expected: int


@dataclass(frozen=True)
class MethodOutcome:
    """One method on all cases.

    Args:
        embed_every: thinned features exist for every n-th frame, from the first.
        cases: read once, one after the other: the features of one case need not outlive it.
    """

    name: str
    has_latents: bool
    embed_every: int
    cases: Iterable[CaseOutcome]


@dataclass
class _Column:
    """What is known of one metric as cases come."""

    metric: MetricCard
    lacking: NotComputed | None
    rows: list[CaseRow]
    usable: list[CaseFeatures]  # of a metric of the whole set: only what it reads


def score_method(
    method: MethodOutcome,
    metrics: Sequence[MetricCard],
    networks: NetworkStatus,
    kept: KeptScores | None = None,
) -> tuple[list[CaseRow], list[Aggregate]]:
    """All rows and aggregates of one method.

    Args:
        kept: scores of whole sets from earlier runs; None keeps nothing.
    """
    columns = [_Column(metric, _not_computable(method, metric, networks), [], []) for metric in metrics]
    expected = 0
    for outcome in method.cases:
        expected += 1
        thinned = Thinned(outcome.features, method.embed_every)
        for column in columns:
            if column.lacking is not None:
                continue
            features = thinned.of(column.metric)
            if column.metric.level == "case":
                column.rows.append(_score_case(method, column.metric, outcome, features))
            elif features is not None:
                column.usable.append(narrowed(features, column.metric))
    aggregates = [_aggregate_of(method, column, expected, kept or KeptScores(None)) for column in columns]
    return [row for column in columns for row in column.rows], aggregates


def _aggregate_of(method: MethodOutcome, column: _Column, expected: int, kept: KeptScores) -> Aggregate:
    metric = column.metric
    if column.lacking is not None:
        return _aggregate(method, metric, expected, not_computed=column.lacking)
    if metric.level == "set":
        return _score_set(method, metric, expected, column.usable, kept)
    value, low, high = summarise(column.rows)
    n_scored = sum(row.value is not None for row in column.rows)
    return _aggregate(method, metric, expected, value=value, ci_low=low, ci_high=high, cases_scored=n_scored)


def _not_computable(method: MethodOutcome, metric: MetricCard, networks: NetworkStatus) -> NotComputed | None:
    if "latents" in metric.needs and not method.has_latents:
        return LATENTS
    return networks.missing_for(metric)


def _score_case(
    method: MethodOutcome, metric: MetricCard, outcome: CaseOutcome, features: CaseFeatures | None
) -> CaseRow:
    if features is not None:
        return row_of_case(method.name, metric, features)
    expected = len(range(0, outcome.frames_expected, stride_of(method.embed_every, metric)))
    return CaseRow(
        method=method.name,
        case_id=outcome.case_id,
        cluster=outcome.cluster,
        source_cluster=outcome.source_cluster,
        metric=metric.id,
        value=None,
        frames_expected=expected,
        frames_scored=0,
        failures=[Failure(reason=outcome.reason or "nothing to score", count=expected)],
    )


def _score_set(
    method: MethodOutcome, metric: MetricCard, expected: int, usable: Sequence[CaseFeatures], kept: KeptScores
) -> Aggregate:
    score = kept.score_set(metric, usable)
    extra: dict[str, Any] = {**score.extra, "n": score.n}
    if score.reason is not None:
        extra["reason"] = score.reason
    return _aggregate(
        method,
        metric,
        expected,
        value=score.value,
        ci_low=score.ci_low,
        ci_high=score.ci_high,
        cases_scored=cases_in(metric, usable) if score.value is not None else 0,
        extra=extra,
    )


def _aggregate(
    method: MethodOutcome,
    metric: MetricCard,
    expected: int,
    *,
    value: float | None = None,
    ci_low: float | None = None,
    ci_high: float | None = None,
    cases_scored: int = 0,
    extra: Mapping[str, Any] | None = None,
    not_computed: NotComputed | None = None,
) -> Aggregate:
    return Aggregate(
        method=method.name,
        metric=metric.id,
        level=metric.level,
        value=value,
        ci_low=ci_low,
        ci_high=ci_high,
        cases_expected=expected,
        cases_scored=cases_scored,
        cases_failed=0 if not_computed is not None else expected - cases_scored,
        higher_is_better=metric.higher_is_better,
        unit=metric.unit,
        not_computed=not_computed,
        extra=dict(extra or {}),
    )
