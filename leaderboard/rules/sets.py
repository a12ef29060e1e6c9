"""Values of whole sets: no rows lead to them, but what stands beside them must fit; intervals are computed here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from benchmark.metrics import CARDS, MetricCard
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.jackknife import Grouping, Jackknife, interval_of, share_interval
from benchmark.results.crossed import Crossing, Replicates
from benchmark.results.schema import TOLERANCE, Aggregate, CaseRow
from leaderboard.rules.known import KnownCase
from leaderboard.rules.metrics import beyond_range
from leaderboard.rules.names import some
from leaderboard.rules.relations import LARGEST

GATHERED = (
    *("n_real", "n_failed", "n_real_failed", "n_drivers", "n_sources"),
    *("dimensions", "against_reference", "rank_deficient"),
)
"""What stands beside a value of two samples (`benchmark.metrics.feature_sets`)."""
LEFT_OUT = (*Replicates.NAMES, "standard_error")
_LINES = tuple(f"{line}{end}" for line in ("same", "different") for end in ("", "_p05", "_p95"))
_THEVAL = tuple(dict.fromkeys(one.partition("[")[0] for one in CARDS if one.startswith("theval_")))
BESIDE: Mapping[str, tuple[str, ...]] = {
    "fid": GATHERED,
    "fd": GATHERED,
    "fvd": (*GATHERED, "outputs_too_short"),
    "e_fid": GATHERED,
    **dict.fromkeys(_THEVAL, ("mean", "mean_true", "n_lost")),
    "head_diversity_deg": ("groups", "outputs", "groups_lost", "alone"),
    "blendshape_error": ("worst", "n_cases", "n_cases_lost", *(f"error_{name}" for name in NAMES[1:])),
    "kid": (*GATHERED, "std_over_subsets", "subsets", "subset_size"),
    "fid_infinity": (
        *(*GATHERED, "fid", "slope", "standard_error_of_fit", "smallest_size", "largest_size", "sizes", "seed"),
    ),
    "precision": (*GATHERED, "neighbours"),
    "recall": (*GATHERED, "neighbours"),
    "csim_calibration": (*("subjects", "clips", "pairs_same", "pairs_different", "pairs_same_across_clips", *_LINES),),
    "auc_z": (
        *("components_80", "components_90", "components_95", "components_99", "curve_components"),
        *("curve_explained_variance", "effective_rank", "dimensions", "constant_dimensions", "n_failed"),
    ),
}
"""By name of the metric without its network: what may stand beside its value, besides n, a reason and an interval."""
_TOO_FEW = re.compile(r"expected at least (\d+) samples on each side but got (\d+) and (\d+)")
_SHARES = ("precision", "recall")
_FEWEST_GROUPS = 4
_REACH = 2.0
"""Without a group a value moves by what its bias grows, which is less than twice the value over the number of other
groups, and by chance, which is less than twice what it moves without any other group."""


def set_interval(aggregate: Aggregate) -> Jackknife | None:
    """The interval of a value of a whole set, from its values without each group; None where it has none."""
    extra, value = aggregate.extra, aggregate.value
    replicates = Replicates.of(extra)
    if replicates is None or value is None:
        return None
    if _name(aggregate) in _SHARES:
        people = [part for part in (extra.get("n_drivers"), extra.get("n_sources")) if isinstance(part, float)]
        return share_interval(replicates, value, max(1, int(min(people, default=1))))
    lowest, highest = CARDS[aggregate.metric].value_range
    return interval_of(replicates, value, lowest=lowest, highest=highest)


def set_problems(
    aggregate: Aggregate,
    card: MetricCard,
    usable: Sequence[KnownCase],
    frames: int,
    rows: Sequence[CaseRow],
    *,
    against_reference: bool,
    most: int | None = None,
) -> Iterator[str]:
    """What no run can say of one metric of one method.

    Args:
        usable: the cases that did not fail, as far as it is known whose they are.
        frames: samples that a case can give at most.
        rows: of the same method, in a metric that reads the same features of every frame; empty where there is none.
        most: how many cases did not fail; as many as `usable` when None.
    """
    extra, value = aggregate.extra, aggregate.value
    most = len(usable) if most is None else most
    if aggregate.cases_scored > most or (value is None) != (aggregate.cases_scored == 0):
        yield f"expected a value from 1 to {most} cases, or no value, but got cases_scored {aggregate.cases_scored}"
    n = extra.get("n")
    if type(n) is not int or not (value is not None) <= n <= most * frames:
        yield f"expected n, the samples that entered, at most {most * frames} but got {n!r}"
        return
    if ("reason" in extra) != (value is None):
        yield "expected a reason where there is no value, and only there"
    if (problem := beyond_range(card, value)) is not None:
        yield problem
    if value is not None and abs(value) > LARGEST:
        yield f"expected a value within {LARGEST:g} but got {value:g}"
    strange = extra.keys() - {"n", "reason", *BESIDE.get(_name(aggregate), ()), *LEFT_OUT}
    if strange:
        yield f"expected nothing else beside the value but got {some(strange)}"
    yield from _gathered_problems(aggregate, n, usable, frames, against_reference=against_reference)
    yield from _row_problems(aggregate, n, rows)
    yield from _interval_problems(aggregate, card, usable)
    if value is not None:
        yield from _parts_problems(aggregate, value)


def _gathered_problems(
    aggregate: Aggregate, n: int, usable: Sequence[KnownCase], frames: int, *, against_reference: bool
) -> Iterator[str]:
    """The samples of both sides, and who is in them."""
    extra = aggregate.extra
    if GATHERED != BESIDE.get(_name(aggregate), ())[: len(GATHERED)] or not usable:
        return
    counts = {name: extra.get(name) for name in GATHERED}
    wrong = [name for name, one in counts.items() if not (isinstance(one, float) and 0 <= one == int(one))]
    if wrong:
        yield f"expected counts beside the value but got none, or no count, of {some(wrong)}"
        return
    numbers = {name: int(one) for name, one in counts.items() if isinstance(one, float)}
    expected = {
        "n_drivers": len({case.cluster for case in usable}),
        "n_sources": len({case.source_cluster for case in usable}),
        "against_reference": int(against_reference),
        "rank_deficient": int(min(n, numbers["n_real"]) <= numbers["dimensions"]),
    }
    for name, want in expected.items():
        if numbers[name] != want:
            yield f"expected {name} {want} but got {numbers[name]}"
    for made, failed in ((n, "n_failed"), (numbers["n_real"], "n_real_failed")):
        if made + numbers[failed] > len(usable) * frames:
            yield f"expected at most {len(usable) * frames} samples but got {made} and {numbers[failed]} that failed"
    if aggregate.value is None and (few := _TOO_FEW.fullmatch(str(extra.get("reason")))) is not None:
        least, *sides = map(int, few.groups())
        if sides != [n, numbers["n_real"]] or min(sides) >= least:
            yield f"expected a reason that fits {n} and {numbers['n_real']} samples but got {extra['reason']!r}"


def _row_problems(aggregate: Aggregate, n: int, rows: Sequence[CaseRow]) -> Iterator[str]:
    """Every frame that a row scored is a sample; one that it lost may be one, where something else was missing."""
    if not rows:
        return
    scored = sum(row.frames_scored for row in rows)
    possible = scored + sum(row.frames_expected for row in rows if row.value is None)
    if not scored <= n <= possible:
        yield f"expected {scored} to {possible} samples, by the rows of {rows[0].metric}, but got n {n}"
    cases = sum(row.value is not None for row in rows)
    if n > 1 and aggregate.value is None:
        yield f"expected a value of {n} samples but got none"
    elif aggregate.value is not None and not cases <= aggregate.cases_scored:
        yield f"expected at least {cases} cases, by the rows of {rows[0].metric}, but got {aggregate.cases_scored}"


def _interval_problems(aggregate: Aggregate, card: MetricCard, usable: Sequence[KnownCase]) -> Iterator[str]:
    """The interval is that of the values without each group, of which there are as many as the cases have groups."""
    want, stated = set_interval(aggregate), (aggregate.ci_low, aggregate.ci_high)
    ends = (None, None) if want is None else (want.low, want.high)
    if not all(_same(a, b) for a, b in zip(ends, stated, strict=True)):
        yield f"expected the interval {ends[0]} to {ends[1]} but got {stated[0]} to {stated[1]}"
    replicates = Replicates.of(aggregate.extra)
    if replicates is None:
        stray = {*LEFT_OUT} & aggregate.extra.keys()
        if stray:
            yield f"expected values without each group but got {some(stray)} alone"
        return
    if not usable:
        return  # named above that no case can have entered, or nobody says whose the cases are
    grouping = Grouping.of(Crossing.of([case.cluster for case in usable], [case.source_cluster for case in usable]))
    counts = [] if grouping is None else [int(part.max()) + 1 for part in grouping.partitions]
    lengths = [len(values) for _, values in replicates.parts]
    if lengths != (counts if len(counts) == 3 else 3 * counts):
        yield f"expected values without each of {counts} groups of drivers, sources and both but got {lengths}"
        return
    if want is not None and not _same(want.standard_error, aggregate.extra.get("standard_error")):
        yield f"expected standard_error {want.standard_error} but got {aggregate.extra.get('standard_error')!r}"
    if len(counts) == 1 and any(not np.array_equal(values, replicates.by_driver) for _, values in replicates.parts):
        yield "expected the same values without drivers, sources and both, where each source has its own driver"
    if aggregate.value is not None:
        yield from _left_out_problems(aggregate, card, replicates, aggregate.value)


def _left_out_problems(aggregate: Aggregate, card: MetricCard, replicates: Replicates, value: float) -> Iterator[str]:
    """Values without a group are values of the metric, differ from each other, and are not far from the whole's."""
    for name, values in replicates.parts:
        if problems := [p for one in values if (p := beyond_range(card, float(one))) is not None]:
            yield f"{name}: {problems[0]}"
        if _name(aggregate) in _SHARES:
            continue
        if np.ptp(values) == 0.0 and abs(value) > TOLERANCE:
            yield f"{name}: expected values that differ, as people do, but got {values[0]} without each group"
        mean, groups = float(values.mean()), len(values)
        reach = _REACH * (abs(value) / (groups - 1) + float(np.abs(values - mean).max())) + TOLERANCE
        if groups >= _FEWEST_GROUPS and abs(mean - value) > reach:
            yield f"{name}: expected about the value {value} without each group but got {mean} on average"


def _parts_problems(aggregate: Aggregate, value: float) -> Iterator[str]:
    """Where the parts of a value stand beside it, it is what they make."""
    extra = aggregate.extra
    if isinstance(same := extra.get("same"), float) and isinstance(different := extra.get("different"), float):
        if not _same(same - different, value):
            yield f"expected {same - different}, same minus different, but got {value}"
    beyond = [name for name in _LINES if isinstance(one := extra.get(name), float) and abs(one) > 1.0 + TOLERANCE]
    if beyond:
        yield f"expected cosines beside the value but got {extra[beyond[0]]} as {beyond[0]}"
    curve = extra.get("curve_explained_variance")
    if isinstance(curve, list) and extra.get("dimensions") == len(curve):  # not thinned
        if not curve or not _same(sum(curve) / len(curve), value):
            yield f"expected the mean of the curve but got {value}"


def _name(aggregate: Aggregate) -> str:
    return aggregate.metric.partition("[")[0]


def _same(a: float | None, b: object) -> bool:
    if a is None or not isinstance(b, float):
        return a is b
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a))
