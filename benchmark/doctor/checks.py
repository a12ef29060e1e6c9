"""What can be known of a metric's value beforehand, and how a value is held against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from benchmark.doctor.conditions import CONDITIONS, TRUTH
from benchmark.metrics import Metric


@dataclass(frozen=True)
class Measured:
    """What one metric said under one condition: a value, or why there is none."""

    value: float | None
    reason: str | None = None
    broken: bool = False  # it raised an error

    def __str__(self) -> str:
        return f"{self.value:.6g}" if self.value is not None else f"no value ({self.reason})"


@dataclass(frozen=True)
class Verdict:
    """One expectation held against one measurement."""

    metric: str
    condition: str
    expected: str
    got: Measured
    passed: bool


class Expectation(Protocol):
    """One thing that must be true of a metric under one condition."""

    @property
    def condition(self) -> str:
        """Key of CONDITIONS."""

    @property
    def compared_with(self) -> str | None:
        """The other condition whose value is needed; None where the answer is known by itself."""

    def words(self, metric: Metric) -> str:
        """What is expected, such as "worse than ground truth"."""

    def holds(self, metric: Metric, measured: Mapping[str, Measured]) -> bool:
        """Whether the values by condition are as expected. A missing value never is, except where it must miss."""


@dataclass(frozen=True)
class Near:
    """The value is known."""

    condition: str
    value: float
    tolerance: float
    compared_with: None = None

    def words(self, metric: Metric) -> str:
        return f"{self.value:g} ± {self.tolerance:g}"

    def holds(self, metric: Metric, measured: Mapping[str, Measured]) -> bool:
        got = measured[self.condition].value
        return got is not None and abs(got - self.value) <= self.tolerance


@dataclass(frozen=True)
class Between:
    """The value is known to lie in a range; None is no bound."""

    condition: str
    low: float | None
    high: float | None
    compared_with: None = None

    def words(self, metric: Metric) -> str:
        if self.low is None:
            return f"at most {self.high:g}"
        return f"at least {self.low:g}" if self.high is None else f"{self.low:g} to {self.high:g}"

    def holds(self, metric: Metric, measured: Mapping[str, Measured]) -> bool:
        got = measured[self.condition].value
        if got is None:
            return False
        return (self.low is None or got >= self.low) and (self.high is None or got <= self.high)


@dataclass(frozen=True)
class Worse:
    """The damage is seen: worse than under another condition by more than `margin`."""

    condition: str
    than: str = TRUTH
    margin: float = 0.0

    @property
    def compared_with(self) -> str:
        return self.than

    def words(self, metric: Metric) -> str:
        side = "below" if metric.higher_is_better else "above"
        by = f" by more than {self.margin:g}" if self.margin else ""
        return f"worse than {CONDITIONS[self.than].short} ({side} it{by})"

    def holds(self, metric: Metric, measured: Mapping[str, Measured]) -> bool:
        got, other = measured[self.condition].value, measured[self.than].value
        if got is None or other is None:
            return False
        return (other - got if metric.higher_is_better else got - other) > self.margin


@dataclass(frozen=True)
class Same:
    """What must not matter does not: equal to the value under another condition."""

    condition: str
    tolerance: float
    than: str = TRUTH

    @property
    def compared_with(self) -> str:
        return self.than

    def words(self, metric: Metric) -> str:
        return f"as {CONDITIONS[self.than].short} ± {self.tolerance:g}"

    def holds(self, metric: Metric, measured: Mapping[str, Measured]) -> bool:
        got, other = measured[self.condition].value, measured[self.than].value
        return got is not None and other is not None and abs(got - other) <= self.tolerance


@dataclass(frozen=True)
class Shifted:
    """The value moves by a known amount from that under another condition."""

    condition: str
    by: float
    tolerance: float
    than: str = TRUTH

    @property
    def compared_with(self) -> str:
        return self.than

    def words(self, metric: Metric) -> str:
        return f"{CONDITIONS[self.than].short} {self.by:+g} ± {self.tolerance:g}"

    def holds(self, metric: Metric, measured: Mapping[str, Measured]) -> bool:
        got, other = measured[self.condition].value, measured[self.than].value
        return got is not None and other is not None and abs(got - other - self.by) <= self.tolerance


@dataclass(frozen=True)
class NoValue:
    """There is nothing to score, and the metric says so instead of giving a number."""

    condition: str
    compared_with: None = None

    def words(self, metric: Metric) -> str:
        return "no value, with its reason"

    def holds(self, metric: Metric, measured: Mapping[str, Measured]) -> bool:
        got = measured[self.condition]
        return got.value is None and bool(got.reason) and not got.broken


def judge(metric: Metric, expectation: Expectation, measured: Mapping[str, Measured]) -> Verdict:
    """Hold one expectation against the values by condition."""
    return Verdict(
        metric=metric.id,
        condition=expectation.condition,
        expected=expectation.words(metric),
        got=measured[expectation.condition],
        passed=expectation.holds(metric, measured),
    )
