"""Stage 3: from features to rows, from rows to aggregates. The same features give the same numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.engine.networks import NetworkStatus
from benchmark.features.extractors.catalog import is_thinned
from benchmark.features.types.extractor import LANDMARKS
from benchmark.metrics import CaseFeatures, MetricCard, score_case, score_set
from benchmark.metrics.lacking import LATENTS
from benchmark.metrics.thinning import every_nth
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
    """One method on all cases."""

    name: str
    has_latents: bool
    embed_every: int  # thinned features exist for every n-th frame, from the first
    cases: tuple[CaseOutcome, ...]


def score_method(
    method: MethodOutcome, metrics: Sequence[MetricCard], networks: NetworkStatus
) -> tuple[list[CaseRow], list[Aggregate]]:
    """All rows and aggregates of one method."""
    rows: list[CaseRow] = []
    aggregates: list[Aggregate] = []
    for metric in metrics:
        lacking = _not_computable(method, metric, networks)
        if lacking is not None:
            aggregates.append(_aggregate(method, metric, not_computed=lacking))
        elif metric.level == "set":
            aggregates.append(_score_set(method, metric))
        else:
            scored = [_score_case(method, metric, outcome) for outcome in method.cases]
            rows += scored
            value, low, high = summarise(scored)
            n_scored = sum(row.value is not None for row in scored)
            aggregates.append(_aggregate(method, metric, value=value, ci_low=low, ci_high=high, cases_scored=n_scored))
    return rows, aggregates


def _not_computable(method: MethodOutcome, metric: MetricCard, networks: NetworkStatus) -> NotComputed | None:
    if "latents" in metric.needs and not method.has_latents:
        return LATENTS
    return networks.missing_for(metric)


def _score_case(method: MethodOutcome, metric: MetricCard, outcome: CaseOutcome) -> CaseRow:
    stride = stride_of(method.embed_every, metric)
    if outcome.features is None:
        expected = len(range(0, outcome.frames_expected, stride))
        failures = [Failure(reason=outcome.reason or "nothing to score", count=expected)]
        value, scored = None, 0
    else:
        score = score_case(metric.id, every_nth(outcome.features, stride))
        failures = [Failure(reason=reason, count=count) for reason, count in score.failures if count]
        if score.value is None and not failures:  # too short to expect anything: the reason counts all the same
            failures = [Failure(reason=reason, count=1) for reason, _ in score.failures]
        value, expected, scored = finite(score.value), score.frames_expected, score.frames_scored
    return CaseRow(
        method=method.name,
        case_id=outcome.case_id,
        cluster=outcome.cluster,
        source_cluster=outcome.source_cluster,
        metric=metric.id,
        value=value,
        frames_expected=expected,
        frames_scored=scored,
        failures=failures,
    )


def _score_set(method: MethodOutcome, metric: MetricCard) -> Aggregate:
    stride = stride_of(method.embed_every, metric)
    usable = [every_nth(outcome.features, stride) for outcome in method.cases if outcome.features is not None]
    score = score_set(metric.id, usable)
    contributing = sum(_contributes(case, metric) for case in usable)
    value = finite(score.value)
    extra = plain_extra(score.extra)
    extra["n"] = score.n
    if score.reason is not None:
        extra["reason"] = score.reason
    return _aggregate(
        method,
        metric,
        value=value,
        ci_low=finite(score.ci_low),
        ci_high=finite(score.ci_high),
        cases_scored=contributing if value is not None else 0,
        extra=extra,
    )


def _contributes(case: CaseFeatures, metric: MetricCard) -> bool:
    """Whether any of the case's samples can have entered a metric of the whole set."""
    made = {LANDMARKS: case.output.landmarks_px, **case.output.arrays, **case.pairs, **case.sound}
    samples = [case.latents] if "latents" in metric.needs else []
    samples += [made.get(name) for name in metric.features]
    return all(part is not None and _any_finite_row(part) for part in samples)


def _any_finite_row(array: np.ndarray) -> bool:
    return bool(np.isfinite(array.reshape(len(array), -1)).all(axis=1).any()) if array.size else False


def stride_of(embed_every: int, metric: MetricCard) -> int:
    """Which frames a metric reads: every n-th, where its features are slow ones."""
    return embed_every if is_thinned(metric.features) else 1


def _aggregate(
    method: MethodOutcome,
    metric: MetricCard,
    *,
    value: float | None = None,
    ci_low: float | None = None,
    ci_high: float | None = None,
    cases_scored: int = 0,
    extra: Mapping[str, Any] | None = None,
    not_computed: NotComputed | None = None,
) -> Aggregate:
    expected = len(method.cases)
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


def finite(value: float | None) -> float | None:
    """A plain float, None for None, NaN and infinities."""
    return None if value is None or not math.isfinite(value) else float(value)


def plain_extra(extra: Mapping[str, Any]) -> dict[str, float | int | str | list[float] | None]:
    """Numbers and lists of numbers that JSON can hold."""
    plain: dict[str, float | int | str | list[float] | None] = {}
    for name, value in extra.items():
        if isinstance(value, np.ndarray | list | tuple):
            plain[name] = [float(v) for v in np.ravel(value)]
        elif isinstance(value, np.generic):
            plain[name] = finite(float(value))
        else:
            plain[name] = value
    return plain
