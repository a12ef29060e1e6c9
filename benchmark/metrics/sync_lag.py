"""A second estimate of lip sync, independent of SyncNet: lag between the mouth's opening and the voice's level."""

from __future__ import annotations

from collections.abc import Callable

from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import Between, Expectation, Near, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.sync_mouth import LagResult
from benchmark.metrics.sync_scores import DELAY_ANSWER, NO_VALUE_ANSWERS, SHIFT_ANSWERS, lag_score

_CORRELATION = (
    "a(t): mean distance of seven pairs of inner lip points in outer eye corner distances, linear between frames."
    " b(t): level of the band from 300 to 3400 Hz in 20 ms windows, in dB, from 0 (40 dB under the loudest) to 1,"
    " smoothed over 0.1 s. Both at 100 Hz. r(o) = Pearson's correlation of a(t) with b(t - o) where both exist, for o ="
    " -0.6 s to 0.6 s. "
)
_PITFALLS = (
    "It is no SyncNet: it hears when the mouth should be open, not which shape it should have.",
    "Needs speech with pauses. Under a correlation of about 0.4 the lag means little (measured: right within a frame"
    " on the 24 rendered speech clips, r from 0.5 to 0.8; 2.6 on SyncNet's public example, whose answer is 3).",
    "Laughing, chewing, music and noise correlate with nothing or with the wrong thing.",
)


def _card(name: str, title: str, unit: str, better: bool | None, low: float, summary: str, formula: str) -> MetricCard:
    return MetricCard(
        id=f"{name}[mesh468]",
        title=title,
        unit=unit,
        higher_is_better=better,
        level="case",
        needs=frozenset({"audio"}),
        features=("mesh468", "speech-envelope"),
        summary=summary,
        definition=_CORRELATION + formula,
        value_range=(low, -low),
        preprocessing="None besides the landmarks'.",
        pitfalls=_PITFALLS,
        source="this project",
    )


def _metric(card: MetricCard, value: Callable[[LagResult], float], *answers: Expectation) -> CaseMetric:
    return CaseMetric(card, lambda case: lag_score(case, value), (*answers, *NO_VALUE_ANSWERS))


ENTRIES: tuple[CaseMetric, ...] = (
    _metric(
        _card(
            "av_lag",
            "AV lag",
            "frames of 40 ms",
            None,
            -15.0,
            "Lag between mouth opening and voice, with SyncNet's sign: positive where the sound comes before the"
            " picture. Best where it equals the ground truth's.",
            "The o of greatest r(o), moved to the vertex of the parabola through it and its neighbours.",
        ),
        lambda result: result.lag_frames,
        Near(on.TRUTH, 0.0, 1.5),
        *SHIFT_ANSWERS,
        DELAY_ANSWER,
    ),
    _metric(
        _card(
            "av_correlation",
            "AV correlation",
            "",
            True,
            -1.0,
            "How closely the mouth's opening follows the voice's level at the best lag; how far to trust av_lag.",
            "The greatest r(o).",
        ),
        lambda result: result.correlation,
        Between(on.TRUTH, 0.4, 1.0),
        Worse(on.FROZEN_MOUTH),
        Worse(on.SHUFFLED),
    ),
)
