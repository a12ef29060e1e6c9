"""Metrics: pure functions on features, each with its card.

`benchmark.metrics.torch_metric` has them as one torchmetrics class for training loops.
"""

from __future__ import annotations

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.card import MetricCard
from benchmark.metrics.catalog import CARDS, card_of, cards_of, score_case, score_set
from benchmark.metrics.metric import CaseMetric, SetMetric
from benchmark.metrics.scores import CaseScore, SetScore

__all__ = [
    "CARDS",
    "CaseFeatures",
    "CaseMetric",
    "CaseScore",
    "FaceFeatures",
    "MetricCard",
    "SetMetric",
    "SetScore",
    "card_of",
    "cards_of",
    "score_case",
    "score_set",
]
