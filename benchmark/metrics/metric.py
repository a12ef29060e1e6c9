"""What a metric is: its card, the function that computes it, and what is known of its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import Expectation
from benchmark.metrics.scores import CaseScore, SetScore


@dataclass(frozen=True)
class CaseMetric:
    """A metric of single cases.

    Args:
        expectations: what the doctor must find; a test fails where there are none.
    """

    card: MetricCard
    score: Callable[[CaseFeatures], CaseScore]
    expectations: tuple[Expectation, ...] = ()

    def __post_init__(self) -> None:
        if self.card.level != "case":
            raise ValueError(f"expected level 'case' for {self.card.id} but got {self.card.level!r}")


@dataclass(frozen=True)
class SetMetric:
    """A metric of all cases of a method together; `expectations` as of `CaseMetric`."""

    card: MetricCard
    score: Callable[[Sequence[CaseFeatures]], SetScore]
    expectations: tuple[Expectation, ...] = ()

    def __post_init__(self) -> None:
        if self.card.level != "set":
            raise ValueError(f"expected level 'set' for {self.card.id} but got {self.card.level!r}")
