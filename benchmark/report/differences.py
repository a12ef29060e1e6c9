"""Plain sentences: one method against each other one, metric by metric; noise is called noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.report.table import shown_metrics
from benchmark.results.schema import Aggregate, Results

_TWO_SIDED_95 = 1.96


@dataclass(frozen=True)
class Comparison:
    """Every sentence about our method and one other."""

    other: str
    sentences: Sequence[tuple[str, str]]  # (metric, sentence)


def compare(results: Results, ours: str) -> list[Comparison]:
    """Our method against each other one, in every metric that has a value for both."""
    groups = []
    for other in (method.name for method in results.methods if method.name != ours):
        sentences = []
        for metric in shown_metrics(results):
            mine, theirs = results.aggregate(ours, metric), results.aggregate(other, metric)
            if mine is None or theirs is None or mine.value is None or theirs.value is None:
                continue
            sentence = _of_set(ours, other, mine, theirs) if mine.level == "set" else _of_cases(results, mine, theirs)
            sentences.append((metric, sentence))
        groups.append(Comparison(other, sentences))
    return [group for group in groups if group.sentences]


def _of_cases(results: Results, mine: Aggregate, theirs: Aggregate) -> str:
    from benchmark.results.statistics import describe_difference, paired_difference

    rows = {row.case_id: row for row in results.case_rows(mine.method, mine.metric)}
    others = {row.case_id: row.value for row in results.case_rows(theirs.method, theirs.metric)}
    common = [case for case, row in rows.items() if row.value is not None and others.get(case) is not None]
    if not common:
        return f"no case has a value of both {mine.method} and {theirs.method}: nothing can be said"
    difference = paired_difference(
        np.array([rows[case].value for case in common], dtype=np.float64),
        np.array([others[case] for case in common], dtype=np.float64),
        [rows[case].cluster for case in common],
        results.bootstrap.seed,
    )
    return describe_difference(
        mine.method, theirs.method, difference, higher_is_better=mine.higher_is_better, unit=mine.unit
    )


def _of_set(ours: str, other: str, mine: Aggregate, theirs: Aggregate) -> str:
    """A value of the whole set has no cases to pair: its own standard errors must do, which is cautious."""
    if mine.value is None or theirs.value is None:
        raise ValueError("expected values on both sides")
    size = f"{ours} and {other} differ by {abs(mine.value - theirs.value):.3g}{' ' + mine.unit if mine.unit else ''}"
    errors = [_standard_error(aggregate) for aggregate in (mine, theirs)]
    if mine.higher_is_better is None and mine.value == theirs.value:
        return f"the same for {ours} and {other}"
    if errors[0] is None or errors[1] is None:
        return f"{size}; without an interval of both nothing can be said about noise"
    margin = _TWO_SIDED_95 * math.hypot(errors[0], errors[1])
    difference = mine.value - theirs.value
    interval = f"95 % interval of {ours} minus {other}: {difference - margin:.3g} to {difference + margin:.3g}"
    basis = "from both standard errors, as if the sets shared no clips"
    if abs(difference) <= margin:
        return f"{size}, within noise ({interval}, {basis})"
    if mine.higher_is_better is None:
        word = "higher" if difference > 0 else "lower"
    else:
        word = "better" if (difference > 0) == mine.higher_is_better else "worse"
    return f"{ours} is {word} than {other} by {abs(difference):.3g} ({interval}, {basis})"


def _standard_error(aggregate: Aggregate) -> float | None:
    stated = aggregate.extra.get("standard_error")
    if isinstance(stated, int | float):
        return float(stated)
    if aggregate.ci_low is None or aggregate.ci_high is None:
        return None
    return (aggregate.ci_high - aggregate.ci_low) / (2 * _TWO_SIDED_95)
