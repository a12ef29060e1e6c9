"""What can be known of a metric's value beforehand, declared beside the metric; the doctor holds values against it.

Values come from definitions, never from a run: a video against itself has error 0; copying the source transfers
nothing and keeps identity perfectly; a still mouth is worse for speech; order of frames does not matter to a metric of
distributions. Margins are 0 unless the metric's noise between two runs of the landmark network is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.conditions import CONDITIONS, TRUTH

EXACT = 1e-6


@dataclass(frozen=True)
class Measured:
    """What one metric said under one condition: a value, or why there is none."""

    value: float | None
    reason: str | None = None
    broken: bool = False  # it raised an error

    def __str__(self) -> str:
        return f"{self.value:.6g}" if self.value is not None else f"no value ({self.reason})"


class Expectation(Protocol):
    """One thing that must be true of a metric under one condition."""

    @property
    def condition(self) -> str:
        """Key of CONDITIONS."""

    @property
    def compared_with(self) -> str | None:
        """The other condition whose value is needed; None where the answer is known by itself."""

    def words(self, metric: MetricCard) -> str:
        """What is expected, such as "worse than ground truth"."""

    def holds(self, metric: MetricCard, measured: Mapping[str, Measured]) -> bool:
        """Whether the values by condition are as expected. A missing value never is, except where it must miss."""


@dataclass(frozen=True)
class Near:
    """The value is known."""

    condition: str
    value: float
    tolerance: float
    compared_with: None = None

    def words(self, metric: MetricCard) -> str:
        return f"{self.value:g} ± {self.tolerance:g}"

    def holds(self, metric: MetricCard, measured: Mapping[str, Measured]) -> bool:
        got = measured[self.condition].value
        return got is not None and abs(got - self.value) <= self.tolerance


@dataclass(frozen=True)
class Between:
    """The value is known to lie in a range; None is no bound."""

    condition: str
    low: float | None
    high: float | None
    compared_with: None = None

    def words(self, metric: MetricCard) -> str:
        if self.low is None:
            return f"at most {self.high:g}"
        return f"at least {self.low:g}" if self.high is None else f"{self.low:g} to {self.high:g}"

    def holds(self, metric: MetricCard, measured: Mapping[str, Measured]) -> bool:
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

    def words(self, metric: MetricCard) -> str:
        side = "below" if metric.higher_is_better else "above"
        by = f" by more than {self.margin:g}" if self.margin else ""
        return f"worse than {CONDITIONS[self.than].short} ({side} it{by})"

    def holds(self, metric: MetricCard, measured: Mapping[str, Measured]) -> bool:
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

    def words(self, metric: MetricCard) -> str:
        return f"as {CONDITIONS[self.than].short} ± {self.tolerance:g}"

    def holds(self, metric: MetricCard, measured: Mapping[str, Measured]) -> bool:
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

    def words(self, metric: MetricCard) -> str:
        return f"{CONDITIONS[self.than].short} {self.by:+g} ± {self.tolerance:g}"

    def holds(self, metric: MetricCard, measured: Mapping[str, Measured]) -> bool:
        got, other = measured[self.condition].value, measured[self.than].value
        return got is not None and other is not None and abs(got - other - self.by) <= self.tolerance


@dataclass(frozen=True)
class NoValue:
    """There is nothing to score, and the metric says so instead of giving a number."""

    condition: str
    compared_with: None = None

    def words(self, metric: MetricCard) -> str:
        return "no value, with its reason"

    def holds(self, metric: MetricCard, measured: Mapping[str, Measured]) -> bool:
        got = measured[self.condition]
        return got.value is None and bool(got.reason) and not got.broken


NO_FACE = (NoValue(on.BLACK),)


def error_answers(*worse: str, tolerance: float = EXACT) -> tuple[Expectation, ...]:
    """An error of faces: none of the truth against itself, some under damage, no value without a face."""
    return (Near(on.TRUTH, 0.0, tolerance), *(Worse(one) for one in worse), *NO_FACE)


def transfer_answers(*worse: str) -> tuple[Expectation, ...]:
    """A share of the driver's motion: all of it in the driver, none of it in a still image."""
    exact = (Near(on.TRUTH, 1.0, EXACT), Near(on.STILL, 0.0, EXACT))
    return (*exact, *(Worse(one) for one in (*worse, on.MIRRORED, on.DELAYED, on.SHUFFLED)), *NO_FACE)


def image_answers(best: float) -> tuple[Expectation, ...]:
    """A comparison of pixels: perfect against itself, worse under every damage that pixels can show."""
    damages = (on.STILL, on.MIRRORED, on.BLURRED, on.DELAYED, on.SHUFFLED, on.STRANGER, on.BLACK)
    return (Near(on.TRUTH, best, EXACT), *(Worse(one) for one in damages))
