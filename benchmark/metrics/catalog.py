"""Every metric by id: its card, and the functions that compute it; `docs/metrics.md` shows the cards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics.metric import CaseEntry, Metric, SetEntry
from benchmark.metrics.scores import NOT_FINITE, CaseScore, SetScore
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.suggestions import nearest

MODULES = (
    "benchmark.metrics.identity",
    "benchmark.metrics.identity_calibration",
    "benchmark.metrics.expression",
    "benchmark.metrics.intensity",
    "benchmark.metrics.asymmetry",
    "benchmark.metrics.winks",
    "benchmark.metrics.tongue",
    "benchmark.metrics.pose",
    "benchmark.metrics.gaze",
    "benchmark.metrics.self_motion",
    "benchmark.metrics.speech_mesh",
    "benchmark.metrics.sync",
    "benchmark.metrics.sync_legacy",
    "benchmark.metrics.sync_lag",
    "benchmark.metrics.image",
    "benchmark.metrics.lpips",
    "benchmark.metrics.fid",
    "benchmark.metrics.fid_infinity",
    "benchmark.metrics.kid",
    "benchmark.metrics.precision_recall",
    "benchmark.metrics.fvd",
    "benchmark.metrics.auc_z",
)
"""Each has `ENTRIES`; tables list metrics in this order."""


def collect(modules: Iterable[str]) -> dict[str, CaseEntry | SetEntry]:
    """Entries of modules by metric id. Raises ValueError when two share an id."""
    found: dict[str, CaseEntry | SetEntry] = {}
    for name in modules:
        entries: tuple[CaseEntry | SetEntry, ...] = import_module(name).ENTRIES
        for entry in entries:
            if entry.metric.id in found:
                raise ValueError(f"expected each metric once but {name} has {entry.metric.id!r} again")
            found[entry.metric.id] = entry
    return found


_ENTRIES = collect(MODULES)
METRICS: dict[str, Metric] = {metric_id: entry.metric for metric_id, entry in _ENTRIES.items()}


def metric(metric_id: str) -> Metric:
    """Look a metric up. Raises BenchmarkError that names the nearest id."""
    if metric_id not in METRICS:
        close = nearest(metric_id, METRICS)
        hint = f"; did you mean {close!r}?" if close else f"; known: {', '.join(METRICS)}"
        raise BenchmarkError(f"expected a metric id but got {metric_id!r}{hint}")
    return METRICS[metric_id]


def score_case(metric_id: str, features: CaseFeatures) -> CaseScore:
    """Score one case by a metric of level "case". A value of None comes with its reasons in `failures`."""
    entry = _ENTRIES[metric(metric_id).id]
    if not isinstance(entry, CaseEntry):
        raise BenchmarkError(f"expected a metric of single cases but {metric_id!r} is of the whole set")
    score = entry.score(features)
    if score.value is None or math.isfinite(score.value):
        return score
    return CaseScore(None, score.frames_expected, 0, (*score.failures, (NOT_FINITE, score.frames_scored)))


def score_set(metric_id: str, cases: Sequence[CaseFeatures]) -> SetScore:
    """Score all cases of a method together by a metric of level "set"."""
    entry = _ENTRIES[metric(metric_id).id]
    if not isinstance(entry, SetEntry):
        raise BenchmarkError(f"expected a metric of the whole set but {metric_id!r} is of single cases")
    score = entry.score(cases)
    if score.value is None or math.isfinite(score.value):
        return score
    return replace(score, value=None, reason=NOT_FINITE, ci_low=None, ci_high=None)
