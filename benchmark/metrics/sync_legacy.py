"""Lip sync as the historical script computes it, so that numbers of older papers have something to stand beside."""

from __future__ import annotations

from collections.abc import Callable

from benchmark.features.lip_sync.legacy_scores import LegacyResult
from benchmark.features.lip_sync.legacy_shift import FFMPEG
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import NoValue
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.sync_scores import legacy_offset, legacy_score, offset_or_why_not

_PROCEDURE = (
    "run_pipeline.py and run_syncnet.py of github.com/joonson/syncnet_python: every frame through MPEG-4 (quality 2)"
    " and JPEG (quality 2), S3FD at a quarter of the size (score over 0.9), tracks by IOU > 0.5 with gaps of up to 25"
    " frames, longer than 100 frames and larger than 100 px, medfilt(13), crop_scale 0.40, 224 px, XVID, JPEG at"
    " FFmpeg's default, windows 0 to min_length - 6, 15 offsets either way with zeros outside the sound. Of several"
    " tracks the one with the highest confidence. "
)
_PITFALLS = (
    "Clips of 100 frames or fewer have no value: the script drops them without a word, here it is counted.",
    "Zeros in the offset search and at the ends of the smoothed boxes bias the value, the more the shorter the clip.",
    "Pictures become 25 per second by their nearest time stamps, so that they are in their places. The script's own"
    " first step moves them, by an amount that depends on the frame rate and on ffmpeg's version: only"
    f" syncnet_offset[legacy] has that move in it, as ffmpeg {FFMPEG} makes it.",
    "It depends on the FFmpeg and OpenCV that encode its files: expect differences in the second decimal of confidence"
    " and distance.",
    "syncnet-python 0.2.3 demands 50 frames instead of 100 and takes maximum and minimum over different tracks.",
)


def _card(
    name: str,
    title: str,
    unit: str,
    better: bool | None,
    low: float,
    summary: str,
    formula: str,
    variant: str = "legacy",
) -> MetricCard:
    return MetricCard(
        id=f"{name}[{variant}]",
        title=f"{title} {variant}",
        unit=unit,
        higher_is_better=better,
        level="case",
        needs=frozenset({"audio"}),
        features=("syncnet-legacy", "syncnet-sound"),
        summary=summary,
        definition=_PROCEDURE + formula,
        value_range=(low, -low if low else None),
        preprocessing="As the definition says; the pictures are those that all metrics see.",
        pitfalls=_PITFALLS,
        source="Chung and Zisserman 2016; the procedure of the authors' repository with its later S3FD pipeline",
    )


def _metric(card: MetricCard, value: Callable[[LegacyResult], float | str]) -> CaseMetric:
    # The script drops tracks of up to 100 frames: the doctor's two seconds give it nothing, and it says so.
    return CaseMetric(card, lambda case: legacy_score(case, value), (NoValue(on.TRUTH),))


ENTRIES: tuple[CaseMetric, ...] = (
    _metric(
        _card(
            "syncnet_confidence",
            "LSE-C",
            "",
            True,
            0.0,
            "LSE-C of the historical script, for comparison with older papers; syncnet_confidence is the sound one.",
            "Median over offsets of the mean distance, less its minimum.",
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
            "LSE-D of the historical script, for comparison with older papers; syncnet_distance is the sound one.",
            "Minimum over offsets of the mean distance.",
        ),
        lambda result: result.distance,
    ),
    CaseMetric(
        _card(
            "syncnet_offset",
            "AV offset",
            "frames of 40 ms",
            None,
            -15.0,
            "AV offset that the historical script prints, in whole frames; positive: the sound comes before the"
            " picture. A clip in perfect sync has +1, or +2 above 25 frames per second.",
            "15 less the index of that minimum, plus the frames by which the script's own first step makes pictures"
            f" late with ffmpeg {FFMPEG}: 1 at 20 to 25 frames per second, 2 at 29.97 to 60. No value at other rates"
            " and at the end of the search.",
        ),
        legacy_offset,
        (NoValue(on.TRUTH),),
    ),
    _metric(
        _card(
            "syncnet_offset",
            "AV offset",
            "frames of 40 ms",
            None,
            -15.0,
            "AV offset of the historical procedure on pictures that are in their places: 0 for a clip in perfect sync.",
            "15 less the index of that minimum; no value at the end of the search.",
            "legacy-corrected",
        ),
        lambda result: offset_or_why_not(float(result.offset_frames)),
    ),
)
