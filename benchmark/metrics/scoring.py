"""From features to what a results file says of them: rows of cases, values of whole sets in numbers that JSON holds.

Whoever has the features gets the same numbers with these functions: the engine that writes them, and whoever checks
them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmark.features.extractors.catalog import is_thinned
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import LANDMARKS
from benchmark.metrics.card import MetricCard
from benchmark.metrics.catalog import score_case, score_set
from benchmark.metrics.scores import Extra, SetScore
from benchmark.metrics.thinning import every_nth
from benchmark.results.schema import CaseRow, Failure


class Thinned:
    """The features of a case as metrics read them, made once for each stride.

    Args:
        features: None where the case has none.
        embed_every: thinned features exist for every n-th frame, from the first.
    """

    def __init__(self, features: CaseFeatures | None, embed_every: int) -> None:
        self._features, self._embed_every = features, embed_every
        self._by_stride: dict[int, CaseFeatures] = {}

    def of(self, metric: MetricCard) -> CaseFeatures | None:
        """None where the case has none."""
        if self._features is None:
            return None
        stride = stride_of(self._embed_every, metric)
        if stride not in self._by_stride:
            self._by_stride[stride] = every_nth(self._features, stride)
        return self._by_stride[stride]


def stride_of(embed_every: int, metric: MetricCard) -> int:
    """Which frames a metric reads: every n-th, where its features are slow ones."""
    return embed_every if is_thinned(metric.features) else 1


def row_of_case(method: str, metric: MetricCard, features: CaseFeatures) -> CaseRow:
    """One metric of one output, from its features (as `Thinned` has them)."""
    score = score_case(metric.id, features)
    failures = [Failure(reason=reason, count=count) for reason, count in score.failures if count]
    if score.value is None and not failures:  # too short to expect anything: the reason counts all the same
        failures = [Failure(reason=reason, count=1) for reason, _ in score.failures]
    return CaseRow(
        method=method,
        case_id=features.case_id,
        cluster=features.cluster,
        source_cluster=features.source_cluster,
        metric=metric.id,
        value=finite(score.value),
        frames_expected=score.frames_expected,
        frames_scored=score.frames_scored,
        failures=failures,
    )


def plain_score(metric: MetricCard, cases: Sequence[CaseFeatures]) -> SetScore:
    """A value of a whole set, in numbers that JSON can hold.

    Args:
        cases: as `narrowed` leaves them.
    """
    score = score_set(metric.id, cases)
    low, high = finite(score.ci_low), finite(score.ci_high)
    return replace(score, value=finite(score.value), ci_low=low, ci_high=high, extra=plain_extra(score.extra))


def cases_in(metric: MetricCard, cases: Sequence[CaseFeatures]) -> int:
    """How many cases have a sample that can have entered a metric of the whole set."""
    return sum(_contributes(case, metric) for case in cases)


def narrowed(case: CaseFeatures, metric: MetricCard) -> CaseFeatures:
    """Only what a metric says that it reads: the rest needs no memory, and cannot change its score."""
    reference = case.reference
    return replace(
        case,
        output=_narrowed(case.output, metric),
        driver=_narrowed(case.driver, metric),
        source=_narrowed(case.source, metric),
        reference=None if reference is None else _narrowed(reference, metric),
        latents=case.latents if "latents" in metric.needs else None,
        pairs=_named(case.pairs, metric),
        sound=_named(case.sound, metric),
    )


def finite(value: float | None) -> float | None:
    """A plain float, None for None, NaN and infinities."""
    return None if value is None or not math.isfinite(value) else float(value)


def plain_extra(extra: Mapping[str, Any]) -> dict[str, Extra]:
    """Numbers and lists of numbers that JSON can hold."""
    plain: dict[str, Extra] = {}
    for name, value in extra.items():
        if isinstance(value, np.ndarray | list | tuple):
            plain[name] = [float(v) for v in np.ravel(value)]
        elif isinstance(value, np.generic):
            plain[name] = finite(float(value))
        else:
            plain[name] = value
    return plain


def _narrowed(video: FaceFeatures, metric: MetricCard) -> FaceFeatures:
    unread = np.broadcast_to(np.float32(np.nan), video.landmarks_px.shape)
    landmarks = video.landmarks_px if LANDMARKS in metric.features else unread
    return replace(video, landmarks_px=landmarks, arrays=_named(video.arrays, metric))


def _named(arrays: Mapping[str, np.ndarray], metric: MetricCard) -> dict[str, np.ndarray]:
    return {name: array for name, array in arrays.items() if name in metric.features}


def _contributes(case: CaseFeatures, metric: MetricCard) -> bool:
    """Whether any of the case's samples can have entered a metric of the whole set."""
    made = {LANDMARKS: case.output.landmarks_px, **case.output.arrays, **case.pairs, **case.sound}
    samples = [case.latents] if "latents" in metric.needs else []
    samples += [made.get(name) for name in metric.features]
    return all(part is not None and _any_finite_row(part) for part in samples)


def _any_finite_row(array: np.ndarray) -> bool:
    return bool(np.isfinite(array.reshape(len(array), -1)).all(axis=1).any()) if array.size else False
