"""Does the output's face move unevenly as the driver's does? Concordance of left minus right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.expression_features import (
    BLENDSHAPES52,
    MESH478,
    ExpressionFeature,
    paired_motion,
    root_mean_square,
)
from benchmark.metrics.known_answers import EXACT, NO_FACE, Near, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.neutral import NEUTRAL
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored
from benchmark.metrics.unasked import FACE_IS_EVEN


def concordance(
    output: np.ndarray,  # [K, m] left minus right, relative to the own neutral
    driver: np.ndarray,  # [K, m]
) -> float:
    """2 sum(output * driver) / (sum(output^2) + sum(driver^2)), in [-1, 1].

    Lin's concordance (1989) about zero: 1 equal, 0 even (or unrelated), -1 mirrored; too little and too much both cost.

    Raises:
        ValueError: both are zero.
    """
    out, drv = np.asarray(output, np.float64), np.asarray(driver, np.float64)
    power = float((out**2).sum() + (drv**2).sum())
    if power == 0:
        raise ValueError("expected faces that move unevenly but both are even in all frames")
    return float(2.0 * (out * drv).sum() / power)


def asymmetry(feature: ExpressionFeature, case: CaseFeatures) -> CaseScore:
    """Concordance of the output's unevenness with the driver's."""
    if feature.sides is None:
        raise ValueError(f"expected a network that tells left from right but {feature.network} does not")
    prepared = paired_motion(feature, case, feature.sides)
    if isinstance(prepared, CaseScore):
        return prepared
    output, driver, failures = prepared.output, prepared.driver, prepared.failures
    if root_mean_square(driver) < feature.min_unevenness:
        return none_scored(failures, FACE_IS_EVEN)
    return CaseScore(concordance(output, driver), len(failures), len(output), count_reasons(failures))


def _score(feature: ExpressionFeature) -> Callable[[CaseFeatures], CaseScore]:
    return lambda case: asymmetry(feature, case)


def _card(feature: ExpressionFeature, measures: str, preprocessing: str, figures: str) -> MetricCard:
    return MetricCard(
        id=f"asymmetry[{feature.network}]",
        title="Asymmetry",
        unit="",
        higher_is_better=True,
        level="case",
        needs=frozenset(),
        features=("mesh468", feature.extractor),
        summary="Does the face move as unevenly as the driver's, to the same side? 1 as the driver, 0 even on both"
        " sides, -1 mirrored.",
        definition=f"`2 sum_t <a_out(t), a_drv(t)> / (sum_t |a_out(t)|^2 + sum_t |a_drv(t)|^2)`, `a` the subject's left"
        f" minus right of {measures}, minus that of the same video's {NEUTRAL}. Not scored where the driver's root"
        f" mean square `|a|` is under {feature.min_unevenness:g}: its face moves evenly.",
        value_range=(-1.0, 1.0),
        preprocessing=preprocessing,
        pitfalls=(
            figures,
            "A turning head looks uneven to the network; drivers that turn far are judged by that too.",
            "Large components weigh more: the mouth decides over the brows.",
        ),
        source="this project; Lin 1989 for the concordance",
    )


# A still face is even on both sides; a mirrored one moves as unevenly, to the other side.
_ANSWERS = (
    Near(on.TRUTH, 1.0, EXACT),
    Near(on.STILL, 0.0, EXACT),
    Near(on.MIRRORED, -1.0, 0.3),
    Worse(on.DELAYED),
    Worse(on.SHUFFLED),
    *NO_FACE,
)

ENTRIES = (
    CaseMetric(
        _card(
            MESH478,
            "mouth (twice its way from the middle), lip corners, lid openings, inner and outer brows, in eye distances",
            "256 px region around the 468 landmarks of the followed face, eyes level; head pose undone",
            "Rank correlation with the true share of the driver's asymmetry (1, 0.5, 0, -0.5, -1 mirrored), between"
            " different synthetic people, rendered and detected: 0.98 (six people that nothing was chosen on: 0.98)."
            " The same asymmetry gets 0.92 +- 0.03, the mirrored -0.91 +- 0.03. Of single frames: sideways jaw and one"
            " raised lip with a wink 0.89, one brow 0.93, one side of the mouth 0.95 to 0.98.",
        ),
        _score(MESH478),
        _ANSWERS,
    ),
    CaseMetric(
        _card(
            BLENDSHAPES52,
            "the 16 blendshape coefficients that exist for both sides",
            "256 px region around the 468 landmarks of the followed face, eyes level",
            "Rank correlation with the true share of the driver's asymmetry (1, 0.5, 0, -0.5, -1 mirrored), between"
            " different synthetic people, rendered and detected: 0.94 (six people that nothing was chosen on: 0.95)."
            " The same asymmetry gets 0.69 +- 0.13, the mirrored -0.69 +- 0.10: coefficients differ between people. Of"
            " single frames: sideways jaw 0.45, one side of the nose 0.80, the others 0.90 to 0.93.",
        ),
        _score(BLENDSHAPES52),
        _ANSWERS,
    ),
)
