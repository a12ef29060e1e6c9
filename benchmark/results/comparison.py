"""The one rule for "better": when a difference between two methods is called real, here and everywhere.

The difference of two methods on the cases that both have is tested with its two-way clustered standard error and
Student's t, and p is corrected for the number of comparisons shown (Holm 1979). With fewer than six drivers or sources
nothing is called real: of k clusters only 2^k patterns of signs exist, hence no test that assumes no more than symmetry
reaches p = .05 with five.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from benchmark.results.crossed import LEVEL, Crossing, Replicates, Spread, mean_of
from benchmark.results.power import detectable

if TYPE_CHECKING:
    from benchmark.results.schema import Results

ALPHA = 0.05


@dataclass(frozen=True)
class CaseValue:
    """One method's value of one case, with who drives and who is driven."""

    value: float
    driver: str
    source: str | None


@dataclass(frozen=True)
class Score:
    """One method in one metric.

    Args:
        cases: by case id, those that have a value; empty for a metric of the whole set.
        extra: what stands beside the value of a whole set.
        complete: every case has a value.
    """

    method: str
    metric: str
    value: float
    higher_is_better: bool | None
    unit: str
    cases: Mapping[str, CaseValue]
    extra: Mapping[str, object]
    complete: bool


@dataclass(frozen=True)
class Difference:
    """Method `a` minus method `b` in one metric.

    Args:
        spread: None where nothing can be told.
        n, n_drivers, n_sources: cases, and how many different people they have; groups of a whole set's metric.
        n_effective: independent cases that would tell the difference as precisely.
        p_value: of "no difference"; None where this protocol cannot tell.
        adjusted_p: the same after correction for `n_comparisons`.
    """

    metric: str
    a: str
    b: str
    estimate: float
    higher_is_better: bool | None
    unit: str
    spread: Spread | None
    n: int
    n_drivers: int
    n_sources: int
    n_effective: float | None = None
    p_value: float | None = None
    adjusted_p: float | None = None
    n_comparisons: int = 0

    @property
    def is_real(self) -> bool:
        """The rule."""
        return self.adjusted_p is not None and self.adjusted_p <= ALPHA

    @property
    def smallest_p(self) -> float:
        """No p below this one can be had from so few drivers or sources."""
        return smallest_p(self.n_drivers, self.n_sources)

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of this difference alone."""
        if self.spread is None:
            return None
        reach = self.spread.reach(LEVEL)
        return self.estimate - reach, self.estimate + reach

    @property
    def detectable(self) -> tuple[float, float] | None:
        """What would be found with a probability of 80 %: as the only comparison, and as the first of all shown.

        None where nothing varies, as between two methods that get the same in every case: that says nothing of others.
        """
        if self.spread is None or self.p_value is None or not self.spread.variance:
            return None
        return detectable(self.spread, ALPHA), detectable(self.spread, ALPHA / max(1, self.n_comparisons))

    def reversed(self) -> Difference:
        """`b` minus `a`."""
        return replace(self, a=self.b, b=self.a, estimate=-self.estimate)


@dataclass(frozen=True)
class Comparisons:
    """Every two methods in every metric that both have, with p corrected for all of them."""

    differences: tuple[Difference, ...]
    scores: tuple[Score, ...]

    @property
    def n_tested(self) -> int:
        """How many comparisons p is corrected for."""
        return sum(one.p_value is not None for one in self.differences)

    def of(self, metric: str, a: str, b: str) -> Difference | None:
        """`a` minus `b`; None where they were not compared."""
        for one in self.differences:
            if one.metric == metric and {one.a, one.b} == {a, b}:
                return one if one.a == a else one.reversed()
        return None

    def in_metric(self, metric: str) -> tuple[Difference, ...]:
        """All of one metric."""
        return tuple(one for one in self.differences if one.metric == metric)

    def tiers(self, metric: str) -> list[list[str]]:
        """Methods from better to worse in groups: each of a group is really better than each of all later groups.

        Inside a group not all can be told apart. Empty where the metric has no direction or fewer than two methods
        have it.
        """
        scores = [one for one in self.scores if one.metric == metric]
        if len(scores) < 2 or scores[0].higher_is_better is None:
            return []
        sign = -1.0 if scores[0].higher_is_better else 1.0
        names = [one.method for one in sorted(scores, key=lambda one: sign * one.value)]
        better = {pair for one in self.in_metric(metric) if (pair := _better_and_worse(one)) is not None}
        tiers = [[names[0]]]
        last_untold = 0  # the last method that some method before it cannot be told from
        for index, name in enumerate(names):
            if index > last_untold:
                tiers.append([name])
            elif index:
                tiers[-1].append(name)
            untold = (later for later in range(len(names) - 1, index, -1) if (name, names[later]) not in better)
            last_untold = max(last_untold, index, next(untold, index))
        return tiers


def _better_and_worse(one: Difference) -> tuple[str, str] | None:
    """Who is really better than whom; None where this is not known."""
    if not one.is_real or one.higher_is_better is None:
        return None
    return (one.a, one.b) if (one.estimate > 0) == one.higher_is_better else (one.b, one.a)


def smallest_p(n_drivers: int, n_sources: int) -> float:
    """Of a two-sided test that assumes no more than symmetry, over the fewer of both."""
    return 2.0 ** (1 - max(1, min(n_drivers, n_sources)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values (Holm 1979), in the order given."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def compare_scores(scores: Sequence[Score]) -> Comparisons:
    """Compare every two methods in every metric that both have."""
    by_metric: dict[str, list[Score]] = {}
    for score in scores:
        by_metric.setdefault(score.metric, []).append(score)
    found = [_difference(a, b) for group in by_metric.values() for a, b in combinations(group, 2)]
    tested = [index for index, one in enumerate(found) if one.p_value is not None]
    adjusted = holm([p for one in found if (p := one.p_value) is not None])
    for index, p in zip(tested, adjusted, strict=True):
        found[index] = replace(found[index], adjusted_p=p, n_comparisons=len(tested))
    return Comparisons(tuple(found), tuple(scores))


def compare_results(results: Results, metrics: Sequence[str] | None = None) -> Comparisons:
    """Compare the methods of one run; the references' own row has no rank.

    Args:
        metrics: those that are shown; all when None.
    """
    from benchmark.results.schema import REFERENCE_ROW

    cases: dict[tuple[str, str], dict[str, CaseValue]] = {}
    for row in results.rows:
        if row.value is not None:
            found = cases.setdefault((row.method, row.metric), {})
            found[row.case_id] = CaseValue(row.value, row.cluster, row.source_cluster)
    return compare_scores(
        [
            Score(
                one.method,
                one.metric,
                one.value,
                one.higher_is_better,
                one.unit,
                cases.get((one.method, one.metric), {}),
                one.extra,
                one.cases_failed == 0,
            )
            for one in results.aggregates
            if one.value is not None and one.method != REFERENCE_ROW and (metrics is None or one.metric in metrics)
        ]
    )


def _difference(a: Score, b: Score) -> Difference:
    found = _of_cases(a, b) if a.cases and b.cases else _of_sets(a, b)
    if found.spread is None or found.smallest_p > ALPHA:
        return found
    return replace(found, p_value=found.spread.p_value(found.estimate))


def _of_cases(a: Score, b: Score) -> Difference:
    common = [case for case in a.cases if case in b.cases]
    if not common:
        return _unknown(a, b)
    crossing = Crossing.of([a.cases[one].driver for one in common], [a.cases[one].source for one in common])
    mean = mean_of([a.cases[one].value - b.cases[one].value for one in common], crossing)
    return replace(
        _unknown(a, b),
        estimate=mean.value,
        spread=mean.spread,
        n=mean.n,
        n_drivers=mean.n_drivers,
        n_sources=mean.n_sources,
        n_effective=mean.n_effective,
    )


def _of_sets(a: Score, b: Score) -> Difference:
    """From the values without each group: of both together where they are of the same cases, else of each alone."""
    first, second = Replicates.of(a.extra), Replicates.of(b.extra)
    if first is None or second is None:
        return _unknown(a, b)
    both = first.minus(second) if a.complete and b.complete else None
    if both is None:
        one, other = first.spread, second.spread
        spread = Spread(one.variance + other.variance, min(one.df, other.df))
    else:
        spread = both.spread
    return replace(
        _unknown(a, b),
        spread=spread,
        n_drivers=min(len(first.by_driver), len(second.by_driver)),
        n_sources=min(len(first.by_source), len(second.by_source)),
    )


def _unknown(a: Score, b: Score) -> Difference:
    return Difference(a.metric, a.method, b.method, a.value - b.value, a.higher_is_better, a.unit, None, 0, 0, 0)


def sentence(one: Difference) -> str:
    """What can be said of a difference, in one plain sentence."""
    unit = f" {one.unit}" if one.unit else ""
    size = f"{abs(one.estimate):.3g}{unit}"
    people = f"{one.n_drivers} drivers and {one.n_sources} sources"
    basis = f"{one.n} cases of {people}" if one.n else people
    if one.n_effective is not None and one.n_effective < 0.95 * one.n:
        basis += f", worth about {one.n_effective:.0f} independent ones"
    if one.spread is None and not one.n_drivers:
        return f"{one.a} and {one.b} differ by {size}; without common cases or intervals nothing more can be said"
    if one.p_value is None or one.adjusted_p is None or one.interval is None:
        return (
            f"{one.a} and {one.b} differ by {size}; this protocol cannot tell whether that is real: {people} allow no p"
            f" below {one.smallest_p:.3g}, and p = {ALPHA:g} takes 6 of each"
        )
    low, high = one.interval
    tested = (
        f"{100 * LEVEL:.0f} % interval of {one.a} minus {one.b}: {low:.3g} to {high:.3g}; p = {one.adjusted_p:.2g}"
        f" corrected for {one.n_comparisons} comparisons; {basis}"
    )
    if not one.is_real:
        found = one.detectable
        enough = "" if found is None or not math.isfinite(found[1]) else f"; {found[1]:.3g}{unit} would be found"
        return f"{one.a} and {one.b} cannot be told apart: they differ by {size} ({tested}{enough})"
    if one.higher_is_better is None:
        word = "higher" if one.estimate > 0 else "lower"
    else:
        word = "better" if (one.estimate > 0) == one.higher_is_better else "worse"
    return f"{one.a} is {word} than {one.b} by {size} ({tested})"
