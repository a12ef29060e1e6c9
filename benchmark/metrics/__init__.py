"""Metrics: pure functions on features. `benchmark.metrics.modules` wraps them as torchmetrics classes."""

from __future__ import annotations

from benchmark.metrics.catalog import METRICS, Metric, metric, score_case, score_set
from benchmark.metrics.features import CaseFeatures, FaceFeatures
from benchmark.metrics.scores import CaseScore, SetScore

__all__ = [
    "METRICS",
    "CaseFeatures",
    "CaseScore",
    "FaceFeatures",
    "Metric",
    "SetScore",
    "metric",
    "score_case",
    "score_set",
]
