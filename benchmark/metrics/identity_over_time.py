"""Identity over time: whether the face moves away from the source's person, and how far away it was at worst."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.identity import RECOGNISERS, Recogniser, compare_with_source
from benchmark.metrics.known_answers import EXACT, NO_FACE, Near, NoValue, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, count_reasons
from benchmark.metrics.seconds import (
    MIN_SECONDS_OF_SLOPE,
    MIN_SECONDS_OF_WORST,
    Seconds,
    slope_per_minute,
    whole_seconds,
)


def identity_slope(case: CaseFeatures, recogniser: str) -> CaseScore:
    """Robust slope of the cosine similarity to the source, per minute; `recogniser` is the extractor's id."""
    return _of_seconds(case, recogniser, MIN_SECONDS_OF_SLOPE, lambda seconds: float(slope_per_minute(seconds)))


def identity_worst(case: CaseFeatures, recogniser: str) -> CaseScore:
    """Lowest mean cosine similarity to the source of any second."""
    return _of_seconds(case, recogniser, MIN_SECONDS_OF_WORST, lambda seconds: float(seconds.means.min()))


def _of_seconds(case: CaseFeatures, recogniser: str, at_least: int, value: Callable[[Seconds], float]) -> CaseScore:
    compared = compare_with_source(case, recogniser)
    if isinstance(compared, CaseScore):
        return compared
    similarities, failures = compared
    seconds = whole_seconds(case.output, similarities, failures, at_least)
    if isinstance(seconds, CaseScore):
        return seconds
    return CaseScore(value(seconds), len(failures), len(similarities), count_reasons(failures))


_SECONDS = (
    "Cosines of each frame's descriptor and the source's as in `csim[{id}]`, averaged over each whole second of the"
    " output. "
)
_PITFALLS = (
    "Expressions and turns of the head change the descriptor of one person: read it beside the ground truth's value on"
    " the same clips, which shows what the driver alone does.",
    "Not validated against people. What it says of rendered heads that move to another person's shape is at the top of"
    " its page.",
)


def _entries(one: Recogniser) -> tuple[CaseMetric, CaseMetric]:
    card = MetricCard(
        id=f"identity_slope[{one.id}]",
        title=f"{one.title} slope",
        unit="per minute",
        higher_is_better=True,
        level="case",
        needs=frozenset(),
        features=("mesh468", one.id),
        summary="Change of the similarity to the source per minute: 0 stays the same person, below 0 becomes somebody"
        " else.",
        definition=_SECONDS.format(id=one.id)
        + "The value is the median of the slopes between any two seconds (Theil and Sen), per minute. Not scored with"
        f" less than {MIN_SECONDS_OF_SLOPE} seconds.",
        value_range=(None, None),
        preprocessing=one.preprocessing,
        pitfalls=(
            "Above 0 is no merit: mostly such a clip begins badly. A clip that is bad from its first second on has"
            f" slope 0: read it beside `csim[{one.id}]`.",
            *_PITFALLS,
        ),
        source="asked for as identity over time; slope after Theil 1950 and Sen 1968",
        uses_source=True,
    )
    worst = MetricCard(
        id=f"identity_worst[{one.id}]",
        title=f"{one.title} worst second",
        unit="",
        higher_is_better=True,
        level="case",
        needs=frozenset(),
        features=("mesh468", one.id),
        summary="Mean similarity to the source in the second in which it is lowest. copy-source wins it.",
        definition=_SECONDS.format(id=one.id)
        + f"The value is the lowest of them. Not scored with less than {MIN_SECONDS_OF_WORST} seconds.",
        value_range=(-1.0, 1.0),
        preprocessing=one.preprocessing,
        pitfalls=("The longer a clip, the worse its worst second: compare clips of one length.", *_PITFALLS),
        source="asked for as identity over time",
        uses_source=True,
    )
    too_short = (NoValue(on.TRUTH), *NO_FACE)
    of_source = (Near(on.STILL, 1.0, 10 * EXACT), Worse(on.TRUTH, than=on.STILL), Worse(on.STRANGER), *NO_FACE)
    return (
        CaseMetric(card, partial(identity_slope, recogniser=one.id), too_short),
        CaseMetric(worst, partial(identity_worst, recogniser=one.id), of_source),
    )


ENTRIES: tuple[CaseMetric, ...] = tuple(entry for one in RECOGNISERS for entry in _entries(one))
