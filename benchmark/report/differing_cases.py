"""Which cases a page of several runs plays: those in which two methods differ most, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmark.metrics.headline import headline_metrics
from benchmark.report.table import format_value
from benchmark.results.schema import REFERENCE_ROW, Results
from benchmark.runs.together import Together

MOST_CASES = 8


class Pair(NamedTuple):
    """Two methods of one table."""

    a: str
    b: str


@dataclass(frozen=True)
class Contrast:
    """One metric of one case in which two methods are far apart.

    Args:
        better, worse: methods.
        values: of the two, in this order.
    """

    metric: str
    better: str
    worse: str
    values: tuple[float, float]


@dataclass(frozen=True)
class Differing:
    """What is played.

    Args:
        cases: by case id why it is played.
        left_out: so many others differ more, but no frames are left of them.
    """

    cases: Mapping[str, tuple[Contrast, ...]]
    left_out: int


def pairs_of(one: Together, ours: str) -> list[Pair]:
    """Our method beside the first one of each run, or beside each other one where that is ours alone."""
    names = [name for name, (_, own) in one.origins.items() if own != REFERENCE_ROW]
    runs = (next((name for name in names if one.origins[name][0] == label), ours) for label in one.runs)
    others = [name for name in dict.fromkeys(runs) if name != ours] or [name for name in names if name != ours]
    return [Pair(ours, other) for other in others] if ours in names else []


def most_differing(results: Results, pairs: Sequence[Pair], is_kept: Callable[[str, Pair], bool]) -> Differing:
    """At most eight cases: in each headline metric for each pair the one that speaks most for either method.

    Args:
        is_kept: whether frames of both methods are left of a case.
    """
    gaps = {(metric, pair): _gaps(results, metric, pair) for metric in _metrics(results) for pair in pairs}
    kept: dict[tuple[str, Pair], bool] = {}
    chosen: dict[str, list[Contrast]] = {}
    for (metric, pair), found in gaps.items():
        for contrasts in _directions(found, metric, pair):
            for case_id, contrast in contrasts:
                if (case_id, pair) not in kept:
                    kept[case_id, pair] = is_kept(case_id, pair)
                if kept[case_id, pair]:
                    if case_id in chosen or len(chosen) < MOST_CASES:
                        chosen.setdefault(case_id, []).append(contrast)
                    break
    lost = {case_id for (case_id, _), is_there in kept.items() if not is_there}
    return Differing({case_id: tuple(why) for case_id, why in chosen.items()}, len(lost))


def _metrics(results: Results) -> list[str]:
    """Headline metrics of single cases that say which of two values is better, as far as there are values."""
    found = (one for one in results.aggregates if one.level == "case" and one.value is not None)
    return headline_metrics({one.metric for one in found if one.higher_is_better is not None})


class _Gap(NamedTuple):
    """`lead` is above 0 where the first method is better by so much."""

    case_id: str
    lead: float
    values: tuple[float, float]


def _gaps(results: Results, metric: str, pair: Pair) -> list[_Gap]:
    """Of every case that has a value of both, and not the same one as far as pages show it."""
    ours, theirs = (
        {row.case_id: row.value for row in results.case_rows(name, metric) if row.value is not None} for name in pair
    )
    sign = 1 if any(one.metric == metric and one.higher_is_better for one in results.aggregates) else -1
    return [
        _Gap(case_id, sign * (value - theirs[case_id]), (value, theirs[case_id]))
        for case_id, value in ours.items()
        if case_id in theirs and _as_shown(value) != _as_shown(theirs[case_id])
    ]


def _as_shown(value: float) -> float:
    return float(format_value(value))


def _directions(found: list[_Gap], metric: str, pair: Pair) -> Iterator[Iterator[tuple[str, Contrast]]]:
    """Cases that speak for the first method, then those that speak for the second: the largest difference first."""
    for ours_leads in (True, False):
        better, worse = (pair.a, pair.b) if ours_leads else (pair.b, pair.a)
        sign = 1 if ours_leads else -1
        ordered = sorted((gap for gap in found if sign * gap.lead > 0), key=lambda gap: (-sign * gap.lead, gap.case_id))
        yield (
            (gap.case_id, Contrast(metric, better, worse, gap.values if ours_leads else (gap.values[1], gap.values[0])))
            for gap in ordered
        )
