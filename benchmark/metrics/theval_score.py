"""What all of THEval's measures have in common: a number of a video, and how near its mean is to the true videos'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics.card import MetricCard, Need
from benchmark.metrics.known_answers import Expectation
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import Extra, SetScore

Measure = Callable[[CaseFeatures, FaceFeatures], float | None]
"""The number of a case's output or reference; None where it has none."""


def score_of(cases: Sequence[CaseFeatures], measure: Measure) -> SetScore:
    """How near the mean of outputs is to that of references, over cases in which both have a number."""
    if not cases or any(case.reference is None for case in cases):
        return SetScore(None, 0, "no reference" if cases else "no cases")
    pairs = [
        (measure(case, case.output), measure(case, case.reference)) for case in cases if case.reference is not None
    ]
    known = np.array([pair for pair in pairs if pair[0] is not None and pair[1] is not None], np.float64)
    if not len(known):
        return SetScore(None, 0, next((case.no_sound for case in cases if case.no_sound), None) or _NOTHING)
    made, true = known.mean(axis=0)
    if true == 0.0:
        return SetScore(None, len(known), "the number of the true videos is 0")
    extra: dict[str, Extra] = {"mean": float(made), "mean_true": float(true), "n_lost": float(len(pairs) - len(known))}
    return SetScore(float(1.0 - abs(made - true) / abs(true)), len(known), None, extra)


@dataclass(frozen=True)
class Way:
    """A measure as THEval's code has it, or without its defects.

    Args:
        what: of the way, in words.
        pitfall: how the other one differs.
    """

    id: str
    title: str
    mode: Literal["theval", "corrected"]
    what: str
    pitfall: str


def both_ways(name: str, title: str, theval: str, corrected: str) -> tuple[Way, Way]:
    """Both ways of a measure, each described in a sentence."""
    differs = "The other mode of this id differs: {}."
    return (
        Way(f"{name}[theval]", f"THEval {title}", "theval", theval, differs.format(corrected)),
        Way(f"{name}[corrected]", f"THEval {title} corrected", "corrected", corrected, differs.format(theval)),
    )


PLANTED = "Rank correlation with the share of the true motion, in rendered people in whom this alone differs:"
_NOTHING = "no case has enough frames to measure"


def theval_entry(
    metric_id: str,
    title: str,
    measure: Measure,
    *,
    summary: str,
    formula: str,
    features: tuple[str, ...],
    preprocessing: str,
    pitfalls: tuple[str, ...],
    answers: tuple[Expectation, ...],
    needs: frozenset[Need] = frozenset(),
) -> SetMetric:
    """The metric of one measure.

    Args:
        formula: what the measure `m` of a video is.
        pitfalls: besides those that all have.
        answers: what the doctor must find.
    """
    card = MetricCard(
        id=metric_id,
        title=title,
        unit="",
        higher_is_better=True,
        level="set",
        needs=needs | {"reference"},
        features=features,
        summary=summary,
        definition=f"m: {formula}. The value is `1 - |m - m_true| / |m_true|` of the means over cases; both are beside"
        " it (`mean`, `mean_true`).",
        value_range=(None, 1.0),
        preprocessing=preprocessing,
        pitfalls=(
            *pitfalls,
            "THEval gives 0 to a clip without a face, or leaves it out; here such a case is left out and counted"
            " (`n_lost`).",
            "No total: THEval's is the mean of its eight scores, of which docs/metrics/time.md says what we have.",
            "Not validated against people by us; THEval reports a rank correlation of its total of 0.87.",
        ),
        source="THEval (CVPR 2026 Findings), code at cfe23fe",
    )
    return SetMetric(card, partial(score_of, measure=measure), answers)
