"""Does the output show its tongue when the driver does, and as much of it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.features.extractors.tongue_untellable import Untellable
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
from benchmark.metrics.unasked import NO_TONGUE

AREA_IOD2, BEYOND_IOD2 = 0.03, 0.004
"""Tongue in one piece, and of it beyond the lips, in squared eye distances, from which on a tongue is out. Chosen on
people, colours and lights of CHOSEN in `scripts.validation.mouths`, and on clips of people; see the pitfalls."""
LASTS_SHARE = 0.5
"""Of both areas while a tongue that is out stays out."""

TOLERANCE_FRAMES = 1
SHUT_BELOW_IOD = 0.1
"""Distance of the inner lips from which a mouth is too open to say what lips and skin look like without a tongue."""
_UNTELLABLE: Mapping[int, str] = {
    Untellable.DARK: "the first frame is too dark to tell a tongue by its colour",
    Untellable.BRIGHT: "the first frame is overexposed, a tongue cannot be told by its colour",
    Untellable.BLUE_LIPS: "the lips are as blue as a tongue, which cannot be told from them",
}


def tongue_areas(
    rows: np.ndarray,  # [T, 4] of the extractor "tongue"
) -> np.ndarray:
    """The tongue that is lit and in one piece with the mouth, and what of it lies beyond the lips, float64 [T, 2]."""
    return np.asarray(rows, np.float64)[:, 1:3]


_TONGUE = ExpressionFeature("mesh468", "tongue", "squared eye distances", tongue_areas, None, 0.0, np.inf)


def why_untellable(case: CaseFeatures, failures: Sequence[str | None], neutral: int) -> str | None:
    """Why nothing can be told: a frame that says what is no tongue cannot.

    The first with a face says what lips and skin look like, and the neutral how much is taken for tongue at rest.
    """
    first = next(frame for frame, reason in enumerate(failures) if reason is None)
    for name, features in (("driver", case.driver), ("output", case.output)):
        if (mouth_opening(features.landmarks_px[[first, neutral]]) >= SHUT_BELOW_IOD).any():
            return f"{name}: the first frame has an open mouth, whose tongue cannot be told from lips and skin"
        why = _UNTELLABLE.get(int(_TONGUE.raw(features)[first, 3]))
        if why is not None:
            return f"{name}: {why}"
    return None


def tongue_out(
    areas_iod2: np.ndarray,  # float [T, 2] relative to the own neutral; NaN where unknown
) -> np.ndarray:
    """Whether the tongue is out, bool [T]: enough of it, and enough beyond the lips."""
    return hysteresis((areas_iod2 / (AREA_IOD2, BEYOND_IOD2)).min(axis=1), 1.0, LASTS_SHARE)


@dataclass(frozen=True)
class _Tongues:
    """Both videos of a case, relative to their neutral."""

    output: np.ndarray  # float64 [T]: how much tongue is out, NaN where unknown
    driver: np.ndarray  # float64 [T]
    failures: tuple[str | None, ...]


def _tongues(case: CaseFeatures) -> _Tongues | CaseScore:
    """How much tongue is out, or why nothing can be said."""
    prepared = paired_motion(_TONGUE, case, tongue_areas, judge=MESH468)
    if isinstance(prepared, CaseScore):
        return prepared
    failures = prepared.failures
    unknown = why_untellable(case, failures, prepared.neutral)
    if unknown is not None:
        return none_scored(failures, unknown)
    usable = np.array([reason is None for reason in failures])
    areas = np.full((2, len(failures), 2), np.nan)
    areas[:, usable] = prepared.output, prepared.driver
    output, driver = (np.where(usable, np.where(tongue_out(one), one[:, 0], 0.0), np.nan) for one in areas)
    if not np.nansum(driver) > 0:
        return none_scored(failures, NO_TONGUE)
    return _Tongues(output, driver, failures)


def tongue_f1(case: CaseFeatures) -> CaseScore:
    """F1 of the frames in which the tongue is out."""
    found = _tongues(case)
    if isinstance(found, CaseScore):
        return found
    output, driver = ((one > 0).astype(np.int64) for one in (found.output, found.driver))
    return _scored(agreement(output, driver, TOLERANCE_FRAMES).f1, found)


def tongue_transfer(case: CaseFeatures) -> CaseScore:
    """1 - sum|A_out - A_drv| / sum A_drv: share of the driver's tongue that arrives, where it is out."""
    found = _tongues(case)
    if isinstance(found, CaseScore):
        return found
    return _scored(1.0 - float(np.nansum(np.abs(found.output - found.driver)) / np.nansum(found.driver)), found)


def _scored(value: float, found: _Tongues) -> CaseScore:
    expected = len(found.failures)
    return CaseScore(value, expected, expected - sum(map(bool, found.failures)), count_reasons(found.failures))


_PREPROCESSING = (
    "64 px patch of the mouth and chin, eyes level, 1.7 eye distances wide; colours as logarithms of R/G and B/G"
    " relative to the cheeks of the same frame"
)
_PITFALLS = (
    "Not every tongue is seen. Of rendered people, colours and lights that nothing was chosen on, 20 of 40 clips could"
    " be told, and in those it saw a tongue that is straight out by 3.2 cm in 75 % [53, 89], by 2.2 cm in 65 %"
    " [43, 82], by 1.6 cm in 20 % [8, 42], by 1.1 cm never; 3.2 cm out to the side in 21 of 40; turned up between the"
    " lips in 4 of 20. By colour: pale 8 of 10, purple 12 of 14, dark 8 of 16; by light: cold 3 of 8 to dark 10 of 10"
    " (python -m scripts.validate_tongue --rendered held-out). How well it sees people's tongues is not known.",
    "Of feed-mini's people, whom it was chosen on, in the colours that they have and four lights (python -m"
    " scripts.validate_expression): rank correlation 0.93 of `A` with how far the tongue is out; 76 % of tongues that"
    " are 2.2 cm out in any direction seen, 2.5 % of open mouths with the tongue inside taken for one.",
    "An open mouth with the tongue inside was taken for a tongue that is out in 13 of 1,000 rendered frames (3 of 20"
    " clips, [5, 36 %]). Of people without a tongue that is out: on three clips 0 of 460 frames, 0 of 20 seconds"
    " [0, 16 %]; on 11 expressive clips that the areas were chosen on, 5.4 of 1,000 frames and 4 of 127 seconds"
    " [1, 8 %] (scripts/validate_tongue.py --media). Count yours: they depend on the person.",
    "There is no value where a tongue cannot be told by its colour: the first frame is too dark or overexposed, or the"
    " lips are as blue as a tongue. Half of the rendered clips, most with lipstick, have none; of 21 clips of people"
    " five for their lips, two for a mouth that is open at first.",
    "Whether lips hide a tongue is decided by where the network sees them: it takes some tongues for a lower lip, which"
    " then do not reach beyond it. Red food, lipstick put on during the take and a hand in front of the mouth can be"
    " taken for a tongue.",
    "The first frame has to show the face at rest with the mouth shut: it says what lips and skin look like. Where the"
    f" inner lips are {SHUT_BELOW_IOD:g} eye distances apart there, there is no value.",
)
_AREA = (
    "Pixels below the nose, above the chin and between the corners of the mouth that are bluer than nine tenths of that"
    " region and of the lips in the first frame, redder than teeth and as bright as the white of the eyes allows"
    " (`benchmark.features.extractors.tongue_pixels`). `A(t)` is the area of those pieces of them that touch the lips,"
    " `B(t)` what of it lies beyond the lips' outer border, both in squared eye distances, minus those of the"
    f" {NEUTRAL}. The tongue is out from `A >= {AREA_IOD2:g}` with `B >= {BEYOND_IOD2:g}` until either is below"
    f" {LASTS_SHARE:g} of that. "
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
            "Precision and recall of the output's frames in which it is out against the driver's within"
            f" {TOLERANCE_FRAMES} frame; the value is `2 P R / (P + R)`.",
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
            "The value is `1 - sum_t |A_out(t) - A_drv(t)| / sum_t A_drv(t)`, `A` being 0 where the tongue is not out.",
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
