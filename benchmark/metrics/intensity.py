"""Does the output go as far as the driver? The gain of its motion along the driver's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.expression_features import (
    EXPRESSION_FEATURES,
    ExpressionFeature,
    paired_motion,
    root_mean_square,
)
from benchmark.metrics.known_answers import EXACT, NO_FACE, Near, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.neutral import NEUTRAL
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored
from benchmark.metrics.unasked import FACE_DOES_NOT_MOVE


def gain(
    output: np.ndarray,  # [K, k] motion relative to the own neutral
    driver: np.ndarray,  # [K, k]
) -> float:
    """Least-squares factor b of output ~ b * driver: sum(output * driver) / sum(driver^2).

    Raises:
        ValueError: the driver does not move at all.
    """
    power = float((np.asarray(driver, np.float64) ** 2).sum())
    if power == 0:
        raise ValueError("expected a driver that moves but all of its motion is zero")
    return float((np.asarray(output, np.float64) * driver).sum() / power)


def intensity(feature: ExpressionFeature, case: CaseFeatures) -> CaseScore:
    """Gain of the output's motion along the driver's: 1 as far, below under-acts, above over-acts."""
    prepared = paired_motion(feature, case, feature.shape)
    if isinstance(prepared, CaseScore):
        return prepared
    output, driver, failures = prepared.output, prepared.driver, prepared.failures
    if root_mean_square(driver) < feature.min_motion:
        return none_scored(failures, FACE_DOES_NOT_MOVE)
    return CaseScore(gain(output, driver), len(failures), len(output), count_reasons(failures))


def intensity_error(feature: ExpressionFeature, case: CaseFeatures) -> CaseScore:
    """|1 - intensity|: how far the output is from going as far, in either direction."""
    score = intensity(feature, case)
    if score.value is None:
        return score
    return CaseScore(abs(1.0 - score.value), score.frames_expected, score.frames_scored, score.failures)


# Printed by scripts/validate_expression.py: feed-mini's eight people (six others in brackets).
_ORDERS = {
    "mesh478": "0.97 (0.96); of a driver at half strength 0.97 (0.97)",
    "blendshapes52": "0.93 (0.89); of a driver at half strength 0.85 (0.78). A second opinion only",
    "mesh468": "0.91 (0.94); of a driver at half strength 0.87 (0.91)",
}
_SAME_STRENGTH = {
    "mesh478": "0.96 +- 0.10",
    "blendshapes52": "0.71 +- 0.11 (0.62 +- 0.14), because the coefficients of one expression differ between people",
    "mesh468": "0.93 +- 0.16",
}
_SINGLE_FRAMES = {
    "mesh478": "0.85 to 0.96, but sad 0.57, puffed cheeks 0.79, rolled lips 0.80",
    "blendshapes52": "0.60 to 0.85, but sad 0.39, puffed cheeks 0.42, rolled lips 0.45",
    "mesh468": "0.68 to 0.90, but sad 0.37, puffed cheeks 0.35, rolled lips 0.51",
}


def _entries(feature: ExpressionFeature) -> tuple[CaseMetric, CaseMetric]:
    what = "the 13 measures of `benchmark.metrics.expression`"
    if feature.network == "blendshapes52":
        what = "the 43 blendshape coefficients that are no gaze"
    definition = (
        f"`b = sum_t <d_out(t), d_drv(t)> / sum_t <d_drv(t), d_drv(t)>`, `d` {what} minus those of the same video's"
        f" {NEUTRAL}. Not scored where the driver's root mean square `|d|` is under {feature.min_motion:g}."
    )
    pitfalls = (
        "Rank correlation with the true share of the driver's strength, driver and output different synthetic people,"
        f" rendered and detected: {_ORDERS[feature.network]}. Of single frames: {_SINGLE_FRAMES[feature.network]}.",
        f"The same strength on another face does not give exactly 1: {_SAME_STRENGTH[feature.network]}.",
        "Motion that the driver does not make does not count here: read it with expression transfer and error.",
        "Each video is relative to its own neutral, which has to be at rest.",
    )

    def card(metric_id: str, title: str, higher: bool | None, summary: str, more: str, low: float | None) -> MetricCard:
        return MetricCard(
            id=f"{metric_id}[{feature.network}]",
            title=title,
            unit="",
            higher_is_better=higher,
            level="case",
            needs=frozenset(),
            features=tuple(dict.fromkeys(("mesh468", feature.extractor))),
            summary=summary,
            definition=definition + more,
            value_range=(low, None),
            preprocessing=_preprocessing(feature),
            pitfalls=pitfalls,
            source="this project",
        )

    def bound(score: Callable[[ExpressionFeature, CaseFeatures], CaseScore]) -> Callable[[CaseFeatures], CaseScore]:
        return lambda case: score(feature, case)

    return (
        CaseMetric(
            card(
                "intensity",
                "Intensity",
                None,
                "Gain of the output's expression along the driver's: 1 goes as far, 0 does not move, below 1"
                " under-acts, above 1 over-acts.",
                " The value is `b`; neither more nor less is better, 1 is.",
                None,
            ),
            bound(intensity),
            (Near(on.TRUTH, 1.0, EXACT), Near(on.STILL, 0.0, EXACT), *NO_FACE),
        ),
        CaseMetric(
            card(
                "intensity_error",
                "Intensity error",
                False,
                "|1 - gain|: how far the output is from going as far as the driver, under- or over-acting.",
                " The value is `|1 - b|`, case by case.",
                0.0,
            ),
            bound(intensity_error),
            (
                Near(on.TRUTH, 0.0, EXACT),
                Near(on.STILL, 1.0, EXACT),
                Worse(on.FROZEN_MOUTH),
                Worse(on.SHUFFLED),
                *NO_FACE,
            ),
        ),
    )


def _preprocessing(feature: ExpressionFeature) -> str:
    if feature.network == "mesh468":
        return "468 landmarks of the followed face; head pose undone by the stable points"
    region = "256 px region around the 468 landmarks of the followed face, eyes level"
    return region if feature.network == "blendshapes52" else f"{region}; head pose undone by the stable points"


ENTRIES = tuple(entry for feature in EXPRESSION_FEATURES for entry in _entries(feature))
