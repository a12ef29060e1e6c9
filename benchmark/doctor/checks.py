"""How a metric's value is held against what was known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmark.metrics import MetricCard
from benchmark.metrics.known_answers import Expectation, Measured


@dataclass(frozen=True)
class Verdict:
    """One expectation held against one measurement."""

    metric: str
    condition: str
    expected: str
    got: Measured
    passed: bool


def judge(metric: MetricCard, expectation: Expectation, measured: Mapping[str, Measured]) -> Verdict:
    """Hold one expectation against the values by condition."""
    return Verdict(
        metric=metric.id,
        condition=expectation.condition,
        expected=expectation.words(metric),
        got=measured[expectation.condition],
        passed=expectation.holds(metric, measured),
    )
