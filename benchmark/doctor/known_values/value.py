"""One known value: what is measured, what must come out, and where that is known from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics.catalog import score_case, score_set
from benchmark.metrics.known_answers import Measured

Basis = Literal["closed form", "independent implementation", "exact construction"]
CLOSED_FORM: Basis = "closed form"
INDEPENDENT: Basis = "independent implementation"
EXACTLY: Basis = "exact construction"
ROUNDING = 1e-5
"""Relative: features are float32, sums are float64."""


@dataclass(frozen=True)
class Answer:
    """What came out: the value, the frames that entered and were due where they are counted, what stands beside it."""

    measured: Measured
    scored: int | None = None
    due: int | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class KnownValue:
    """A value that a metric, or a function behind it, must give.

    Args:
        metric: id of the metric that it belongs to.
        name: short, for tables: what is constructed.
        basis: where the value is known from.
        expected: the value; None where there must be none, with its reason.
        tolerance: absolute.
        ask: computes it. It must run the code that is checked and nothing that was computed by it before.
        scored: how many frames, windows or samples have to enter; None where that is not looked at.
        due: out of how many.
        extra: what has to stand beside the value, by name.
    """

    metric: str
    name: str
    basis: Basis
    expected: float | None
    tolerance: float
    ask: Callable[[], Answer]
    scored: int | None = None
    due: int | None = None
    extra: Mapping[str, float] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What is expected, such as "2.5 ± 0.001 (closed form)"."""
        if self.expected is None:
            return "no value, with its reason"
        counted = "" if self.scored is None else f" of {self.scored}"
        return f"{self.expected:.6g} ± {self.tolerance:.1g}{counted} ({self.basis})"

    def measure(self) -> Answer:
        """The answer; an error is one that is broken."""
        try:
            return self.ask()
        except Exception as error:  # a metric that breaks is what the doctor is there to find
            return Answer(Measured(None, f"raised {type(error).__name__}: {error}", broken=True))

    def holds(self, answer: Answer) -> bool:
        """Whether the answer is the known one."""
        got = answer.measured
        if self.scored not in (None, answer.scored) or self.due not in (None, answer.due):
            return False
        if any(not _near(answer.extra.get(name), value) for name, value in self.extra.items()):
            return False
        if self.expected is None:
            return got.value is None and bool(got.reason) and not got.broken
        return got.value is not None and abs(got.value - self.expected) <= self.tolerance


def of_case(
    metric: str,
    name: str,
    basis: Basis,
    case: CaseFeatures | Callable[[], CaseFeatures],
    expected: float | None,
    *,
    scored: int | None = None,
    due: int | None = None,
    tolerance: float | None = None,
) -> KnownValue:
    """The value of one case, whose features are given or made when it is asked for."""

    def ask() -> Answer:
        score = score_case(metric, case() if callable(case) else case)
        reasons = "; ".join(f"{reason}" for reason, _ in score.failures)
        lost = sum(count for _, count in score.failures)
        counted = score.frames_scored if score.frames_scored + lost == score.frames_expected else -1
        return Answer(Measured(score.value, reasons or None), counted, score.frames_expected)

    return KnownValue(metric, name, basis, expected, _tolerance(expected, tolerance), ask, scored, due)


def of_set(
    metric: str,
    name: str,
    basis: Basis,
    cases: Sequence[CaseFeatures],
    expected: float | None,
    *,
    scored: int | None = None,
    extra: Mapping[str, float] | None = None,
    tolerance: float | None = None,
) -> KnownValue:
    """The value of a metric of a whole set."""

    def ask() -> Answer:
        score = score_set(metric, cases)
        return Answer(Measured(score.value, score.reason), score.n, extra=score.extra)

    return KnownValue(metric, name, basis, expected, _tolerance(expected, tolerance), ask, scored, extra=extra or {})


def of_function(
    metric: str,
    name: str,
    basis: Basis,
    function: Callable[[], float],
    expected: float,
    *,
    tolerance: float | None = None,
) -> KnownValue:
    """The value of a function behind a metric: what happens to pixels or sound before a network or without one."""
    return KnownValue(
        metric, name, basis, expected, _tolerance(expected, tolerance), lambda: Answer(Measured(function()))
    )


def _near(got: object, expected: float) -> bool:
    return isinstance(got, float | int) and abs(got - expected) <= ROUNDING


def _tolerance(expected: float | None, given: float | None) -> float:
    if given is not None or expected is None:
        return given or 0.0
    return ROUNDING * max(1.0, abs(expected))
