"""Metrics: pure functions on features. `benchmark.metrics.modules` wraps them as torchmetrics classes."""

from __future__ import annotations

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.catalog import METRICS, metric, score_case, score_set
from benchmark.metrics.metric import CaseEntry, Metric, SetEntry
from benchmark.metrics.scores import CaseScore, SetScore

__all__ = [
    "METRICS",
    "CaseEntry",
    "CaseFeatures",
    "CaseScore",
    "FaceFeatures",
    "Metric",
    "SetEntry",
    "SetScore",
    "metric",
    "score_case",
    "score_set",
]
