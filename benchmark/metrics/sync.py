"""Lip sync with SyncNet: LSE-C, LSE-D and the offset of the output."""

from __future__ import annotations

from collections.abc import Callable

from benchmark.features.lip_sync.distances import SyncResult
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import Expectation
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.sync_scores import (
    DELAY_ANSWER,
    NO_VALUE_ANSWERS,
    SHIFT_ANSWERS,
    offset_or_why_not,
    syncnet_score,
)

_DISTANCES = (
    "Pictures at 25 per second (nearest in time). d(i, o) = ||lip(i) - sound(i - o)||, lip(i) of frames i to i + 4,"
    " sound(j) of the 0.2 s from frame j's time on, 1024 numbers each. D(o) = mean of d(i, o) over the windows i that"
    " show a face and for which sound(i - o) exists, for offsets o = -15 to 15. "
)
_PREPROCESSING = (
    "Face box from the shared landmarks (forehead to chin as S3FD's: the mesh's box, 5.8 % of its height higher at the"
    " top and 1.3 % at the bottom), median over 13 frames, square from its top to 0.8 half sides below it (crop_scale"
    " 0.40), bilinear to 224 px, grey outside the picture, BGR 0 to 255. Sound as int16 at 16 kHz, 13 MFCC at 100 Hz,"
    " windows of 20. No JPEG, no temporary files, no zeros in the offset search, no frame left out."
)
_PITFALLS = (
    "Made for real talking faces: synthetic, stylised or silent clips score low even when in sync. Compare with the"
    " row `reference`, which scores the real clip with its own sound.",
    "The search range is part of LSE-C (a median over offsets): numbers made with 10 offsets differ from these.",
    "Numbers of the historical script differ (JPEG, padding, boxes): compare those with the [legacy] rows.",
    "Methods trained against SyncNet can beat the ground truth.",
)


def _card(name: str, title: str, unit: str, better: bool | None, low: float, summary: str, formula: str) -> MetricCard:
    return MetricCard(
        id=name,
        title=title,
        unit=unit,
        higher_is_better=better,
        level="case",
        needs=frozenset({"audio"}),
        features=("mesh468", "syncnet-lip", "syncnet-sound"),
        summary=summary,
        definition=_DISTANCES + formula,
        value_range=(low, -low if low else None),
        preprocessing=_PREPROCESSING,
        pitfalls=_PITFALLS,
        source="Chung and Zisserman 2016, network syncnet_v2; LSE-C and LSE-D named by Prajwal et al. 2020 (Wav2Lip)",
    )


def _metric(card: MetricCard, value: Callable[[SyncResult], float | str], *more: Expectation) -> CaseMetric:
    return CaseMetric(card, lambda case: syncnet_score(case, value), (*NO_VALUE_ANSWERS, *more))


ENTRIES: tuple[CaseMetric, ...] = (
    _metric(
        _card(
            "syncnet_confidence",
            "LSE-C",
            "",
            True,
            0.0,
            "How much better lips and sound fit at the best offset than at a typical one; near 0 for unrelated sound.",
            "LSE-C = median over o of D(o) - min over o of D(o).",
        ),
        lambda result: result.confidence,
    ),
    _metric(
        _card(
            "syncnet_distance",
            "LSE-D",
            "",
            False,
            0.0,
            "Distance between lips and sound at the best offset.",
            "LSE-D = min over o of D(o).",
        ),
        lambda result: result.distance,
    ),
    _metric(
        _card(
            "syncnet_offset",
            "AV offset",
            "frames of 40 ms",
            None,
            -15.0,
            "Offset of best fit; positive: the sound comes before the picture. Best at the ground truth's.",
            "The o of least D(o), moved to the vertex of the parabola through it and its neighbours; no value where"
            " that is the end of the search. Sound that is delayed by k frames lowers it by k.",
        ),
        lambda result: offset_or_why_not(result.offset_frames),
        *SHIFT_ANSWERS,
        DELAY_ANSWER,
    ),
)
