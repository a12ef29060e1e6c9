"""The numbers of a results file derived again: means and intervals from rows, bounds of values of whole sets."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.metrics import CARDS, MetricCard
from benchmark.results.schema import TOLERANCE, Aggregate, Results, rederive, summarise
from leaderboard.rules.known import KnownProtocol
from leaderboard.rules.metrics import beyond_range, frames_due
from leaderboard.rules.rows import by_metric


def value_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Aggregates that their rows do not lead to, and values of whole sets that no run can have."""
    yield from rederive(results)
    failed = {(f.method, f.case_id) for f in results.failures}
    for aggregate in results.aggregates:
        card = CARDS[aggregate.metric]
        label = f"{aggregate.method}/{aggregate.metric}"
        if aggregate.level == "case":
            if aggregate.extra:
                yield f"{label}: expected no extra values beside a mean of rows"
        elif aggregate.not_computed is None:
            usable = sum(
                (aggregate.method, case) not in failed and (None, case) not in failed
                for case in results.protocol.case_ids
            )
            for problem in _set_problems(aggregate, card, usable, frames_due(card, known)):
                yield f"{label}: {problem}"


def derived(results: Results) -> list[Aggregate]:
    """The aggregates of accepted results with every number that rows lead to computed here."""
    rows = by_metric(results.rows)
    found = []
    for aggregate in results.aggregates:
        if aggregate.level == "case" and aggregate.not_computed is None:
            value, low, high = summarise(rows[aggregate.method, aggregate.metric])
            aggregate = aggregate.model_copy(update={"value": value, "ci_low": low, "ci_high": high})
        found.append(aggregate)
    return found


def _set_problems(aggregate: Aggregate, card: MetricCard, usable: int, frames: int) -> Iterator[str]:
    extra = aggregate.extra
    if aggregate.cases_scored > usable or (aggregate.value is None) != (aggregate.cases_scored == 0):
        yield f"expected a value from 1 to {usable} cases, or no value, but got cases_scored {aggregate.cases_scored}"
    n = extra.get("n")
    if type(n) is not int or not (aggregate.value is not None) <= n <= usable * frames:
        yield f"expected n, the samples that entered, at most {usable * frames} but got {n!r}"
    if ("reason" in extra) != (aggregate.value is None):
        yield "expected a reason where there is no value, and only there"
    if aggregate.value is None:
        if (aggregate.ci_low, aggregate.ci_high) != (None, None):
            yield "expected no interval without a value"
        return
    if (problem := beyond_range(card, aggregate.value)) is not None:
        yield problem
    yield from _interval_problems(aggregate, card, aggregate.value)
    yield from _parts_problems(aggregate, aggregate.value)


def _interval_problems(aggregate: Aggregate, card: MetricCard, value: float) -> Iterator[str]:
    """An interval of a set reaches as far down as up, within what is possible."""
    low, high, (lowest, highest) = aggregate.ci_low, aggregate.ci_high, card.value_range
    if low is None or high is None:
        if low is not high or "standard_error" in aggregate.extra:
            yield "expected both ends of the interval, or none and no standard error"
        return
    reach = max(high - value, value - low)
    ends = (
        value - reach if lowest is None else max(lowest, value - reach),
        value + reach if highest is None else min(highest, value + reach),
    )
    if reach < 0 or not (_close(ends[0], low) and _close(ends[1], high)):
        yield f"expected an interval around {value} but got {low} to {high}"


def _parts_problems(aggregate: Aggregate, value: float) -> Iterator[str]:
    """Where the parts of a value stand beside it, it is what they make."""
    extra = aggregate.extra
    if isinstance(same := extra.get("same"), float) and isinstance(different := extra.get("different"), float):
        if not _close(same - different, value):
            yield f"expected {same - different}, same minus different, but got {value}"
    curve = extra.get("curve_explained_variance")
    if isinstance(curve, list) and extra.get("dimensions") == len(curve):  # not thinned
        if not _close(sum(curve) / len(curve), value):
            yield f"expected {sum(curve) / len(curve)}, the mean of the curve, but got {value}"


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a))
