"""Every metric by id: its card, the function that computes it, what is known of it; `docs/metrics` shows the cards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module

from benchmark.features.extractors.catalog import split_ids
from benchmark.features.types.case import CaseFeatures
from benchmark.metrics.card import MetricCard
from benchmark.metrics.metric import CaseMetric, SetMetric
from benchmark.metrics.scores import NOT_FINITE, CaseScore, SetScore
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.suggestions import nearest


@dataclass(frozen=True)
class Family:
    """Metrics that ask the same question; each has a page of the docs.

    Args:
        id: name of the page.
        title: heading of the page.
        question: what they say of an output, one sentence.
        modules: files of this folder; each has `ENTRIES`.
    """

    id: str
    title: str
    question: str
    modules: tuple[str, ...]


FAMILIES = (
    Family("identity", "Identity", "Is it the person of the source?", ("identity", "identity_calibration")),
    Family(
        "expression",
        "Expression",
        "How much of the driver's expression arrives?",
        ("expression", "intensity", "asymmetry", "winks", "tongue", "coefficients"),
    ),
    Family(
        "motion",
        "Head, gaze and keypoints",
        "Does the head move as the driver's?",
        ("pose", "gaze", "self_motion", "keypoints", "head_motion", "head_diversity"),
    ),
    Family("speech", "Speech", "Do mouth and face move as the reference's?", ("speech_mesh", "silence")),
    Family("sync", "Lip sync", "Do lips and audio belong together?", ("sync", "sync_legacy", "sync_lag")),
    Family(
        "time",
        "Over time",
        "Does it stay what it was, without flicker, for minutes?",
        ("identity_over_time", "colour_drift", "flicker", "theval", "theval_speech", "theval_quality"),
    ),
    Family("image", "Images", "How far is each frame from the reference?", ("image", "lpips", "jod")),
    Family("quality", "Quality", "Does each frame look good by itself?", ("quality",)),
    Family(
        "distribution",
        "Distributions",
        "Do all frames together look like real ones?",
        ("fid", "fid_infinity", "kid", "precision_recall", "fvd"),
    ),
    Family("latents", "Latents", "Does the method use its expression space?", ("auc_z",)),
)
"""Tables list metrics in this order."""


def collect(modules: Iterable[str]) -> dict[str, CaseMetric | SetMetric]:
    """Entries of modules by metric id. Raises ValueError when two share an id."""
    found: dict[str, CaseMetric | SetMetric] = {}
    for name in modules:
        entries: tuple[CaseMetric | SetMetric, ...] = import_module(name).ENTRIES
        for entry in entries:
            if entry.card.id in found:
                raise ValueError(f"expected each metric once but {name} has {entry.card.id!r} again")
            found[entry.card.id] = entry
    return found


ENTRIES = collect(f"{__package__}.{module}" for family in FAMILIES for module in family.modules)
_SEE = "see: python -m benchmark list metrics"
_LONGEST_SHOWN = 60  # characters of an id that somebody typed
_LONGEST_HINT = 100
CARDS: dict[str, MetricCard] = {metric_id: entry.card for metric_id, entry in ENTRIES.items()}


def ids_of(family: Family) -> list[str]:
    """The metrics of a family."""
    return list(collect(f"{__package__}.{module}" for module in family.modules))


def card_of(metric_id: str) -> MetricCard:
    """The card of a metric.

    Raises:
        BenchmarkError: there is no such metric; the message names the modes of its name, else the nearest id.
    """
    if metric_id in CARDS:
        return CARDS[metric_id]
    name = metric_id.partition("[")[0]
    modes = [one for one in CARDS if one.partition("[")[0] == name]
    close = nearest(metric_id, CARDS)
    hint = _first_of(modes) if modes else f"did you mean {close!r}?" if close else _SEE
    shown = metric_id if len(metric_id) <= _LONGEST_SHOWN else f"{metric_id[:_LONGEST_SHOWN]}..."
    raise BenchmarkError(f"expected a metric but got {shown!r}; {hint}")


def cards_of(metric_ids: Iterable[str]) -> list[MetricCard]:
    """The cards of some metrics. Raises BenchmarkError as `card_of`."""
    return [card_of(one) for one in metric_ids]


def reference_metrics(metrics: Sequence[MetricCard]) -> list[MetricCard]:
    """Metrics that say something about a reference by itself; one compared with itself is perfect by definition."""
    return [metric for metric in metrics if not split_ids(metric.features)[1] and "latents" not in metric.needs]


def _first_of(modes: Sequence[str]) -> str:
    """One line of at most 100 characters with as many of the modes as fit."""
    shown = list(modes)
    while len(text := f"one of {', '.join(shown)}{'' if len(shown) == len(modes) else ', ...'}") > _LONGEST_HINT:
        shown.pop()
    return text


def score_case(metric_id: str, features: CaseFeatures) -> CaseScore:
    """Score one case by a metric of level "case". A value of None comes with its reasons in `failures`."""
    entry = ENTRIES[card_of(metric_id).id]
    if not isinstance(entry, CaseMetric):
        raise BenchmarkError(f"expected a metric of single cases but {metric_id!r} is of the whole set")
    score = entry.score(features)
    if score.value is None or math.isfinite(score.value):
        return score
    return CaseScore(None, score.frames_expected, 0, (*score.failures, (NOT_FINITE, score.frames_scored)))


def score_set(metric_id: str, cases: Sequence[CaseFeatures]) -> SetScore:
    """Score all cases of a method together by a metric of level "set"."""
    entry = ENTRIES[card_of(metric_id).id]
    if not isinstance(entry, SetMetric):
        raise BenchmarkError(f"expected a metric of the whole set but {metric_id!r} is of single cases")
    score = entry.score(cases)
    if score.value is None or math.isfinite(score.value):
        return score
    return replace(score, value=None, reason=NOT_FINITE, ci_low=None, ci_high=None)
