"""The numbers of a results file derived again: means and intervals from rows, bounds of values of whole sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmark.metrics import CARDS, MetricCard
from benchmark.metrics.jackknife import Grouping, interval_of
from benchmark.results.crossed import Crossing, Replicates
from benchmark.results.schema import TOLERANCE, Aggregate, Results, rederive, summarise
from leaderboard.rules.known import KnownCase, KnownProtocol
from leaderboard.rules.metrics import beyond_range, frames_due
from leaderboard.rules.names import some
from leaderboard.rules.rows import by_metric, people_of


def value_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Aggregates that their rows do not lead to, and values of whole sets that no run can have."""
    yield from rederive(results)
    people = people_of(results, known)
    failed = {(failure.method, failure.case_id) for failure in results.failures}
    for aggregate in results.aggregates:
        card = CARDS[aggregate.metric]
        label = f"{aggregate.method}/{aggregate.metric}"
        if aggregate.level == "case":
            if aggregate.extra:
                yield f"{label}: expected no extra values beside a mean of rows"
        elif aggregate.not_computed is None:
            usable = [
                people[case]
                for case in results.protocol.case_ids
                if case in people and not {(aggregate.method, case), (None, case)} & failed
            ]
            for problem in _set_problems(aggregate, card, usable, frames_due(card, known)):
                yield f"{label}: {problem}"


def derived(results: Results) -> list[Aggregate]:
    """The aggregates of accepted results with every number that rows, or replicates of a set, lead to computed here."""
    rows = by_metric(results.rows)
    found = []
    for aggregate in results.aggregates:
        value = aggregate.value
        low, high = set_interval(aggregate)
        if aggregate.level == "case" and aggregate.not_computed is None:
            value, low, high = summarise(rows[aggregate.method, aggregate.metric])
        found.append(aggregate.model_copy(update={"value": value, "ci_low": low, "ci_high": high}))
    return found


def set_interval(aggregate: Aggregate) -> tuple[float, float] | tuple[None, None]:
    """The interval of a value of a whole set, from its values without each group; (None, None) where it has none."""
    replicates = Replicates.of(aggregate.extra)
    if replicates is None or aggregate.value is None:
        return None, None
    lowest, highest = CARDS[aggregate.metric].value_range
    interval = interval_of(replicates, aggregate.value, lowest=lowest, highest=highest)
    return interval.low, interval.high


def _set_problems(aggregate: Aggregate, card: MetricCard, usable: Sequence[KnownCase], frames: int) -> Iterator[str]:
    extra, most = aggregate.extra, len(usable)
    if aggregate.cases_scored > most or (aggregate.value is None) != (aggregate.cases_scored == 0):
        yield f"expected a value from 1 to {most} cases, or no value, but got cases_scored {aggregate.cases_scored}"
    n = extra.get("n")
    if type(n) is not int or not (aggregate.value is not None) <= n <= most * frames:
        yield f"expected n, the samples that entered, at most {most * frames} but got {n!r}"
    if ("reason" in extra) != (aggregate.value is None):
        yield "expected a reason where there is no value, and only there"
    if (problem := beyond_range(card, aggregate.value)) is not None:
        yield problem
    yield from _interval_problems(aggregate, usable)
    if aggregate.value is not None:
        yield from _parts_problems(aggregate, aggregate.value)


def _interval_problems(aggregate: Aggregate, usable: Sequence[KnownCase]) -> Iterator[str]:
    """The interval is that of the values without each group, of which there are as many as the cases have groups."""
    want, got = set_interval(aggregate), (aggregate.ci_low, aggregate.ci_high)
    if not all(_same(a, b) for a, b in zip(want, got, strict=True)):
        yield f"expected the interval {want[0]} to {want[1]} but got {got[0]} to {got[1]}"
    replicates = Replicates.of(aggregate.extra)
    if replicates is None:
        stray = {*Replicates.NAMES, "standard_error"} & aggregate.extra.keys()
        if stray:
            yield f"expected values without each group but got {some(stray)} alone"
        return
    if not usable:
        return  # named above: no case can have entered
    grouping = Grouping.of(Crossing.of([case.cluster for case in usable], [case.source_cluster for case in usable]))
    counts = [] if grouping is None else [int(part.max()) + 1 for part in grouping.partitions]
    stated = [len(values) for _, values in replicates.parts]
    if stated != (counts if len(counts) == 3 else 3 * counts):
        yield f"expected values without each of {counts} groups of drivers, sources and both but got {stated}"
    if not isinstance(error := aggregate.extra.get("standard_error"), float) or not _close(
        replicates.spread.standard_error, error
    ):
        yield f"expected standard_error {replicates.spread.standard_error} but got {error!r}"


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


def _same(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else _close(a, b)


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a))
