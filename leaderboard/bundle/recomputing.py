"""A bundle's numbers computed again from its features, with the functions that made them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import CARDS, MetricCard, SetScore
from benchmark.metrics.scoring import Thinned, cases_in, narrowed, plain_score, row_of_case
from benchmark.results.schema import Aggregate, CaseRow, Results
from leaderboard.bundle.collecting import LATENTS
from leaderboard.bundle.problems import Problem
from leaderboard.bundle.rebuilding import Features
from leaderboard.bundle.spot_checks import PEOPLE, is_spot_checked, left_out_problems, value_alone
from leaderboard.rules.sets import LEFT_OUT
from leaderboard.verdicts import Level

ROW_TOLERANCE = 1e-6
"""Of a row's value, relative to max(1, |value|): the same features give the same value but for the order of sums."""
UNSCORABLE = (ValueError, IndexError, KeyError, TypeError, ArithmeticError, AssertionError, np.linalg.LinAlgError)
"""What metrics raise for arrays of shapes and numbers that no extractor gives."""
SET_TOLERANCE = 1e-4
"""Of a whole set's value, its interval and what stands beside it, likewise: eigenvalues of other libraries differ."""


@dataclass
class Recomputed:
    """What features lead to.

    Args:
        levels: by metric.
        values: of rows, by method, metric and case, as computed here.
        sets: by method and metric of whole sets, likewise.
        spot_checked: metrics of whose values without a group some were computed again.
    """

    problems: list[Problem] = field(default_factory=list)
    levels: dict[str, Level] = field(default_factory=dict)
    values: dict[tuple[str, str, str], float | None] = field(default_factory=dict)
    sets: dict[tuple[str, str], SetScore] = field(default_factory=dict)
    spot_checked: set[str] = field(default_factory=set)


def recompute(results: Results, features: Features | None, seed: int, *, is_thorough: bool = False) -> Recomputed:
    """Compute every metric again whose features are here, and compare.

    Args:
        seed: draws which values without a group are computed again of large sets.
        is_thorough: all of them.
    """
    found = Recomputed()
    computed = [a for a in results.aggregates if a.not_computed is None]
    able = {a.metric: _has(features, CARDS[a.metric]) for a in computed}
    found.levels = {metric: "recomputed" if has else "self-reported" for metric, has in able.items()}
    if features is None:
        return found
    rows = {(row.method, row.metric, row.case_id): row for row in results.rows}
    for method in results.methods:
        mine = [a for a in computed if a.method == method.name and able[a.metric]]
        cards = {a.metric: CARDS[a.metric] for a in mine}
        usable: dict[str, list[CaseFeatures]] = {a.metric: [] for a in mine if a.level == "set"}
        for case in features.cases(method.name):
            thinned = Thinned(case, features.index.stride)
            for metric, card in cards.items():
                read = thinned.of(card)
                assert read is not None
                if card.level == "set":
                    usable[metric].append(narrowed(read, card))
                elif (row := rows.get((method.name, metric, case.case_id))) is not None:
                    _take_row(found, row, card, narrowed(read, card))
        for aggregate in mine:
            if aggregate.level == "set":
                _take_set(found, aggregate, usable[aggregate.metric], seed, is_thorough)
    return found


def described(error: Exception) -> str:
    """What a metric said of features that no network gives."""
    return f"{type(error).__name__}: {error}"


def _take_row(found: Recomputed, stated: CaseRow, card: MetricCard, features: CaseFeatures) -> None:
    try:
        again = row_of_case(stated.method, card, features)
    except UNSCORABLE as error:
        place = f"{stated.method}/{stated.metric}/{stated.case_id}"
        found.problems.append(Problem(place, f"expected features that can be scored but got {described(error)}"))
        return
    found.problems += _row_problems(stated, again)
    found.values[stated.method, stated.metric, stated.case_id] = again.value


def _take_set(
    found: Recomputed, stated: Aggregate, cases: Sequence[CaseFeatures], seed: int, is_thorough: bool
) -> None:
    card = CARDS[stated.metric]
    try:
        score = _score(stated, card, cases, seed, found, is_thorough)
        count = cases_in(card, cases) if score.value is not None else 0
    except UNSCORABLE as error:
        place = f"{stated.method}/{stated.metric}"
        found.problems.append(Problem(place, f"expected features that can be scored but got {described(error)}"))
        return
    found.sets[stated.method, stated.metric] = score
    found.problems += _set_problems(stated, score, count)


def with_rows(results: Results, found: Recomputed) -> Results:
    """Results whose rows have the values that were computed here: nobody gains anything within a tolerance."""
    values = found.values
    keys = [(row.method, row.metric, row.case_id) for row in results.rows]
    rows = [
        row.model_copy(update={"value": values[key]}) if key in values else row
        for key, row in zip(keys, results.rows, strict=True)
    ]
    return results.model_copy(update={"rows": rows})


def with_sets(aggregates: Sequence[Aggregate], found: Recomputed) -> tuple[Aggregate, ...]:
    """Aggregates with the values of whole sets that were computed here, likewise."""
    return tuple(
        one
        if (score := found.sets.get((one.method, one.metric))) is None
        else one.model_copy(update={"value": score.value, "ci_low": score.ci_low, "ci_high": score.ci_high})
        for one in aggregates
    )


def _has(features: Features | None, card: MetricCard) -> bool:
    if features is None:
        return False
    needed = {*card.features, *([LATENTS] if "latents" in card.needs else [])}
    return needed <= features.names


def _score(
    stated: Aggregate, card: MetricCard, cases: Sequence[CaseFeatures], seed: int, found: Recomputed, is_thorough: bool
) -> SetScore:
    """The score of a whole set; what was not computed again of a large one is taken from what was stated."""
    if is_thorough or not is_spot_checked(stated):
        return plain_score(card, cases)
    place = f"{stated.method}/{stated.metric}"
    found.spot_checked.add(stated.metric)
    found.problems += [Problem(place, one) for one in left_out_problems(card, cases, stated, seed, SET_TOLERANCE)]
    score = value_alone(card, cases)
    taken = {*PEOPLE, *LEFT_OUT}  # people are counted by the rules of results, which were there before
    extra = score.extra | {name: value for name, value in stated.extra.items() if name in taken}
    return replace(score, extra=extra, ci_low=stated.ci_low, ci_high=stated.ci_high)


def _row_problems(stated: CaseRow, computed: CaseRow) -> Iterator[Problem]:
    place = f"{stated.method}/{stated.metric}/{stated.case_id}"
    if not _near(stated.value, computed.value, ROW_TOLERANCE):
        yield Problem(place, f"expected {computed.value}, by its features, but got {stated.value}")
    counts = (computed.frames_expected, computed.frames_scored, sum(one.count for one in computed.failures))
    got = (stated.frames_expected, stated.frames_scored, sum(one.count for one in stated.failures))
    if counts != got:
        yield Problem(place, f"expected frames due, scored and failed {counts}, by its features, but got {got}")


def _set_problems(stated: Aggregate, computed: SetScore, cases: int) -> Iterator[Problem]:
    place = f"{stated.method}/{stated.metric}"
    pairs: dict[str, tuple[object, object]] = {
        "value": (computed.value, stated.value),
        "ci_low": (computed.ci_low, stated.ci_low),
        "ci_high": (computed.ci_high, stated.ci_high),
        "cases_scored": (cases, stated.cases_scored),
    }
    beside = {**computed.extra, "n": computed.n}
    pairs |= {name: (beside.get(name), stated.extra.get(name)) for name in {*beside, *stated.extra} - {"reason"}}
    for name in sorted(pairs):
        want, got = pairs[name]
        if not _alike(want, got):
            yield Problem(place, f"expected {name} {_short(want)}, by its features, but got {_short(got)}")


def _alike(want: object, got: object) -> bool:
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(_near(a, b, SET_TOLERANCE) for a, b in zip(want, got, strict=True))
    if isinstance(want, int | float) and isinstance(got, int | float):
        return _near(float(want), float(got), SET_TOLERANCE)
    return want == got


def _near(a: float | None, b: float | None, tolerance: float) -> bool:
    if a is None or b is None:
        return a is b
    return math.isfinite(a) and math.isfinite(b) and abs(a - b) <= tolerance * max(1.0, abs(a))


def _short(value: object) -> str:
    return f"{len(value)} numbers" if isinstance(value, list) else repr(value)
