"""Does the output show its tongue when the driver does, and as much of it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.episodes import agreement, hysteresis
from benchmark.metrics.expression_features import MESH468, ExpressionFeature, paired_motion
from benchmark.metrics.known_answers import EXACT, NO_FACE, Between, Near, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.neutral import NEUTRAL
from benchmark.metrics.scores import CaseScore, count_reasons, none_scored
from benchmark.metrics.sync_mouth import mouth_opening

ON_IOD2, OFF_IOD2 = 0.04, 0.03
"""Lit tongue in squared eye distances. Tongues that are out by 2 cm or more have at least 0.04 in 95 % of synthetic
pictures; screams and laughs, with the tongue in the mouth, at most 0.04 in 99 %."""

TOLERANCE_FRAMES = 1
NO_TONGUE = "driver: does not put its tongue out"
SHUT_BELOW_IOD = 0.1
"""Distance of the inner lips from which a mouth is too open to say what lips and skin look like without a tongue."""


def lit_area(
    areas: np.ndarray,  # [T, 2] of the extractor "tongue": visible, lit
) -> np.ndarray:
    """Area of the tongue that is out of the mouth's shadow, float64 [T, 1], squared eye distances."""
    return np.asarray(areas, np.float64)[:, 1:]


_TONGUE = ExpressionFeature("mesh468", "tongue", "squared eye distances", lit_area, None, 0.0, np.inf)


def no_rest(case: CaseFeatures, failures: Sequence[str | None], neutral: int) -> str | None:
    """Why nothing can be told: a frame that says what is no tongue has an open mouth.

    The first with a face says what lips and skin look like, and the neutral how much is taken for tongue at rest.
    """
    first = next(frame for frame, reason in enumerate(failures) if reason is None)
    for name, features in (("driver", case.driver), ("output", case.output)):
        if (mouth_opening(features.landmarks_px[[first, neutral]]) >= SHUT_BELOW_IOD).any():
            return f"{name}: the first frame has an open mouth, whose tongue cannot be told from lips and skin"
    return None


def tongue_out(
    area_iod2: np.ndarray,  # float [T] relative to the own neutral; NaN where unknown
) -> np.ndarray:
    """Whether the tongue is out, bool [T]."""
    return hysteresis(area_iod2, ON_IOD2, OFF_IOD2)


def tongue_f1(case: CaseFeatures) -> CaseScore:
    """F1 of the frames in which the tongue is out."""
    prepared = paired_motion(_TONGUE, case, lit_area, judge=MESH468)
    if isinstance(prepared, CaseScore):
        return prepared
    failures = prepared.failures
    unknown = no_rest(case, failures, prepared.neutral)
    if unknown is not None:
        return none_scored(failures, unknown)
    usable = np.array([reason is None for reason in failures])
    areas = np.full((2, len(failures)), np.nan)
    areas[:, usable] = prepared.output[:, 0], prepared.driver[:, 0]
    output, driver = (tongue_out(area).astype(np.int64) for area in areas)
    if not driver.any():
        return none_scored(failures, NO_TONGUE)
    value = agreement(output, driver, TOLERANCE_FRAMES).f1
    return CaseScore(value, len(failures), int(usable.sum()), count_reasons(failures))


def tongue_transfer(case: CaseFeatures) -> CaseScore:
    """1 - sum|A_out - A_drv| / sum A_drv: share of the driver's visible tongue that arrives."""
    prepared = paired_motion(_TONGUE, case, lit_area, judge=MESH468)
    if isinstance(prepared, CaseScore):
        return prepared
    output, driver = (np.maximum(one, 0.0) for one in (prepared.output, prepared.driver))
    failures = prepared.failures
    unknown = no_rest(case, failures, prepared.neutral)
    if unknown is not None:
        return none_scored(failures, unknown)
    if not tongue_out(driver[:, 0]).any():
        return none_scored(failures, NO_TONGUE)
    value = 1.0 - float(np.abs(output - driver).sum() / driver.sum())
    return CaseScore(value, len(failures), len(output), count_reasons(failures))


_PREPROCESSING = (
    "64 px patch of the mouth and chin, eyes level, 1.7 eye distances wide; colours as logarithms of R/G and B/G"
    " relative to the cheeks of the same frame"
)
_PITFALLS = (
    "Rank correlations on synthetic people in four lights, rendered and detected: 0.92 (six people that nothing was"
    " chosen on: 0.91) with how far the tongue is out, 0.95 (0.92) of all visible tongue with its pixels. Taken for a"
    " tongue that is out: no shut mouth or teeth, 1 % (8 %) of open mouths with the tongue inside.",
    "All synthetic tongues have one colour: people's differ more. On five clips of real people without a tongue, 1,364"
    " frames and 338 open mouths, it saw none: 0 of 53 seconds [0, 7 %] (scripts/validate_tongue.py). Wide open mouths"
    " of others have been taken for one in 15 % of frames, and how well it sees real tongues is not known.",
    "A tongue that lies in an open mouth is in the shadow and not counted; red food, lipstick put on during the take"
    " and a hand in front of the mouth can be taken for one.",
    "The first frame has to show the face at rest with the mouth shut: it says what lips and skin look like. Where the"
    f" inner lips are {SHUT_BELOW_IOD:g} eye distances apart there, there is no value.",
)
_AREA = (
    "`A(t)`: pixels below the nose, above the chin and between the corners of the mouth that are bluer than nine tenths"
    " of that region and of the lips in the first frame, redder than teeth and as bright as the white of the eyes"
    " allows (`benchmark.features.extractors.tongue_pixels`), in squared eye distances, minus that of the"
    f" {NEUTRAL}. "
)


def _card(metric_id: str, title: str, summary: str, definition: str, low: float | None) -> MetricCard:
    return MetricCard(
        id=metric_id,
        title=title,
        unit="",
        higher_is_better=True,
        level="case",
        needs=frozenset(),
        features=("mesh468", "tongue"),
        summary=summary,
        definition=_AREA + definition,
        value_range=(low, 1.0),
        preprocessing=_PREPROCESSING,
        pitfalls=_PITFALLS,
        source="this project",
    )


ENTRIES = (
    CaseMetric(
        _card(
            "tongue_f1[mesh468]",
            "Tongue",
            "Is the tongue out when the driver's is? F1 of frames: 1 always and only then, 0 never. Not scored where"
            " the driver does not put it out.",
            f"The tongue is out from `A >= {ON_IOD2:g}` until `A < {OFF_IOD2:g}`. Precision and recall of the output's"
            f" frames against the driver's within {TOLERANCE_FRAMES} frame; the value is `2 P R / (P + R)`.",
            0.0,
        ),
        tongue_f1,
        (
            Near(on.TRUTH, 1.0, EXACT),
            Near(on.STILL, 0.0, EXACT),
            Between(on.FROZEN_MOUTH, 0.0, 0.2),
            Worse(on.DELAYED),
            Worse(on.SHUFFLED),
            *NO_FACE,
        ),
    ),
    CaseMetric(
        _card(
            "tongue_transfer[mesh468]",
            "Tongue transfer",
            "Share of the driver's visible tongue that arrives: 1 perfect, 0 none, negative worse. Not scored where the"
            " driver does not put it out.",
            "The value is `1 - sum_t |A_out(t) - A_drv(t)| / sum_t A_drv(t)`, areas below 0 as 0.",
            None,
        ),
        tongue_transfer,
        (
            Near(on.TRUTH, 1.0, EXACT),
            Near(on.STILL, 0.0, EXACT),
            Worse(on.FROZEN_MOUTH),
            Worse(on.DELAYED),
            Worse(on.SHUFFLED),
            *NO_FACE,
        ),
    ),
)
