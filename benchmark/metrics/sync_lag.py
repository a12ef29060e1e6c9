"""A second estimate of lip sync, independent of SyncNet: lag between the mouth's opening and the voice's level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import Between, Expectation, Near, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.permuted import LEVEL, N_PERMUTED
from benchmark.metrics.sync_mouth import BLOCK_S, LagResult
from benchmark.metrics.sync_scores import DELAY_ANSWER, NO_VALUE_ANSWERS, SHIFT_ANSWERS, lag_score

_CORRELATION = (
    "a(t): mean distance of seven pairs of inner lip points in outer eye corner distances, linear between frames."
    " b(t): level of the band from 300 to 3400 Hz in 20 ms windows, in dB, from 0 (40 dB under the loudest) to 1,"
    " smoothed over 0.1 s. Both at 100 Hz. r(o) = Pearson's correlation of a(t) with b(t - o) where both exist, for o ="
    " -0.6 s to 0.6 s. "
)
_NULL = (
    f" Whether it stands out: {N_PERMUTED} copies of the sound with its blocks of {BLOCK_S:g} s in random order, and"
    f" {N_PERMUTED} with the phases of its frequencies drawn anew, are strangers' sound. A search of the greatest"
    " r(o) sqrt(1 - |o| / clip) finds as much in at most"
    f" {100 * LEVEL:g} % of either, the true one among them. Elsewhere, and at the end of the search, there is no"
    " value."
)
_PITFALLS = (
    "It is no SyncNet: it hears when the mouth should be open, not which shape it should have.",
    "Needs speech with pauses, and more than two seconds of it: of strangers' voices on 2 s of real mouths 4.7 % stand"
    " out [3.0, 7.1], of their own 29 % (scripts/validate_nulls.py: 24 clips of five videos).",
    "Sound and mouth that begin and end together fit: of strangers' voices on rendered clips of 2 s, all with silence"
    " at both ends, 12 % stand out [6, 24] (scripts/validate_lag.py).",
    "Zero is where rendered speech is, whose sound made the mouth: the mean of the five of eight clips that stand out"
    " is -0.11 frames, standard deviation 0.15. A real mouth opens before its sound: SyncNet's public example, whose"
    " answer is 3, gets 2.6.",
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


def _metric(card: MetricCard, value: Callable[[LagResult], float | str], *answers: Expectation) -> CaseMetric:
    return CaseMetric(card, lambda case: lag_score(case, value), (*answers, *NO_VALUE_ANSWERS))


def _correlation(result: LagResult) -> float | str:
    return result.lag_s if isinstance(result.lag_s, str) else result.correlation


ENTRIES: tuple[CaseMetric, ...] = (
    _metric(
        _card(
            "av_lag",
            "AV lag",
            "frames of 40 ms",
            None,
            -15.0,
            "Lag between mouth opening and voice, with SyncNet's sign: positive where the sound comes before the"
            " picture. Best where it equals the ground truth's; no value where no lag stands out.",
            "The o of greatest r(o), moved to the vertex of the parabola through it and its neighbours." + _NULL,
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
            "How closely the mouth's opening follows the voice's level at the best lag; no value where no lag stands"
            " out, so read it with av_chance.",
            "The greatest r(o)." + _NULL,
        ),
        _correlation,
        Between(on.TRUTH, 0.4, 1.0),
    ),
    _metric(
        _card(
            "av_by_chance",
            "AV correlation by chance",
            "",
            None,
            -1.0,
            "The same correlation in permuted sound: what av_correlation is by chance on clips of this length.",
            f"Mean of the greatest r(o) over {N_PERMUTED} copies of the sound with its blocks of {BLOCK_S:g} s in"
            " random order.",
        ),
        lambda result: result.by_chance,
        Between(on.TRUTH, 0.0, 0.6),
    ),
    _metric(
        replace(
            _card(
                "av_chance",
                "AV chance",
                "",
                False,
                -1.0,
                "How often a stranger's sound fits as well as the true one: near 0 where lips and sound belong"
                " together, about a half where they do not. Its mean leaves no clip out; that of av_lag does.",
                f"Share of {N_PERMUTED + 1} searches, the true one among them, whose greatest r(o) sqrt(1 - |o| / clip)"
                f" is at least the true one's. The others are in the sound with its blocks of {BLOCK_S:g} s in random"
                " order; then in the sound with the phases of its frequencies drawn anew. The greater share counts.",
            ),
            value_range=(0.0, 1.0),
        ),
        lambda result: result.chance,
        Between(on.TRUTH, 0.0, LEVEL),
        Worse(on.SHUFFLED),
    ),
)
