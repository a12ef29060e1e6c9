"""Brightness and colour over time: whether the face becomes lighter, darker or another colour."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.frame_pairs import rows_of_output
from benchmark.metrics.known_answers import NO_FACE, NoValue
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, count_reasons
from benchmark.metrics.seconds import MIN_SECONDS_OF_SLOPE, slope_per_minute, whole_seconds

_BRIGHTNESS, _COLOUR = slice(0, 1), slice(1, 3)  # L*, then a* and b*


def colour_drift(case: CaseFeatures, channels: slice) -> CaseScore:
    """Length of the robust slope of some channels of the face's CIELAB, per minute."""
    found = rows_of_output(case, "face-colour", what="colour")
    if isinstance(found, CaseScore):
        return found
    rows, failures = found
    seconds = whole_seconds(case.output, rows[:, channels], failures, MIN_SECONDS_OF_SLOPE)
    if isinstance(seconds, CaseScore):
        return seconds
    drift = float(np.linalg.norm(slope_per_minute(seconds)))
    return CaseScore(drift, len(failures), len(rows), count_reasons(failures))


def _entry(metric_id: str, title: str, unit: str, what: str, channels: slice) -> CaseMetric:
    card = MetricCard(
        id=metric_id,
        title=title,
        unit=unit,
        higher_is_better=False,
        level="case",
        needs=frozenset(),
        features=("mesh468", "face-colour"),
        summary=f"How fast the {what} of the face changes, per minute, whichever way; 0 where it stays.",
        definition="CIELAB (D65) of the mean light (sRGB made linear) inside the outline of the face, averaged over"
        " each whole second of the output; median of the slopes between any two seconds (Theil and Sen), per minute, of"
        f" {unit.removesuffix(' per minute')}; the value is its length. Not scored with less than"
        f" {MIN_SECONDS_OF_SLOPE} seconds.",
        value_range=(0.0, None),
        preprocessing="RGB as decoded; convex hull of the mesh, filled",
        pitfalls=(
            "A driver that turns away from the light changes the colour of its face: read it beside the ground truth's"
            " value on the same clips.",
            "A length is never below zero: noise alone makes it positive, the more the shorter the clip.",
            "Not validated against people; light planted into rendered clips is found as its page shows.",
        ),
        source="asked for beside identity over time; slope after Theil 1950 and Sen 1968",
    )
    return CaseMetric(card, partial(colour_drift, channels=channels), (NoValue(on.TRUTH), *NO_FACE))


ENTRIES: tuple[CaseMetric, ...] = (
    _entry("brightness_drift", "Brightness drift", "L* per minute", "lightness", _BRIGHTNESS),
    _entry("colour_drift", "Colour drift", "(a*, b*) per minute", "colour", _COLOUR),
)
