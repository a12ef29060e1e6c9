"""How a metric's value is held against what was known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmark.doctor.known_values.value import KnownValue
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
    is_known: bool = False  # of constructed input, not of a clip


def judge(metric: MetricCard, expectation: Expectation, measured: Mapping[str, Measured]) -> Verdict:
    """Hold one expectation against the values by condition."""
    return Verdict(
        metric=metric.id,
        condition=expectation.condition,
        expected=expectation.words(metric),
        got=measured[expectation.condition],
        passed=expectation.holds(metric, measured),
    )


def judge_known(known: KnownValue) -> Verdict:
    """Measure one known value now, and hold it against what must come out."""
    answer = known.measure()
    return Verdict(
        metric=known.metric,
        condition=f"known: {known.name}",
        expected=known.words,
        got=answer.measured,
        passed=known.holds(answer),
        is_known=True,
    )
