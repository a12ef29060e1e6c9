"""Mouths in silence: what is open beyond the true one counts, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.silence import in_silence, silences_s
from benchmark.metrics.sync_mouth import LIP_PAIRS
from tests.benchmark.metrics.faces import IOD, case, person, shoot, video

LEVELS = np.array([0.8] * 60 + [0.0] * 60 + [0.8] * 40, np.float32)  # silent from 0.6 s to 1.2 s
TIMES = np.arange(40) / 25


def mouth(opening: float) -> np.ndarray:
    """A face whose inner lips are so far apart, of an eye distance."""
    points = person()
    for upper, lower in LIP_PAIRS:
        points[lower] = points[upper] - [0, opening * IOD, 0]
    return shoot(points)


def spoken(openings: np.ndarray, truth: float = 0.0) -> CaseFeatures:
    sides = [replace(video([mouth(o) for o in row]), times_s=TIMES) for row in (openings, np.full(40, truth))]
    return case(*sides, sides[1], reference=sides[1], sound={"speech-envelope": LEVELS})


def test_only_silent_frames_count() -> None:
    talks = np.where((TIMES > 0.5) & (TIMES < 1.3), 0.0, 0.3)
    score = score_case("silence_opening[mesh468]", spoken(talks))
    assert score.value == pytest.approx(0.0, abs=1e-5)
    assert score.frames_scored == score.frames_expected == int(((TIMES >= 0.7) & (TIMES <= 1.1)).sum())
    assert score_case("silence_opening[mesh468]", spoken(0.3 - talks)).value == pytest.approx(30.0, rel=1e-3)


def test_the_true_opening_is_no_fault_and_neither_is_a_tighter_mouth() -> None:
    assert score_case("silence_opening[mesh468]", spoken(np.full(40, 0.2), truth=0.15)).value == pytest.approx(
        5, rel=0.01
    )
    assert score_case("silence_opening[mesh468]", spoken(np.full(40, 0.1), truth=0.15)).value == 0.0


def test_silences_are_long_enough_and_lose_their_ends() -> None:
    np.testing.assert_allclose(silences_s(LEVELS), [[0.7, 1.1]])
    assert len(silences_s(np.array([0.8] * 50 + [0.0] * 29 + [0.8] * 50))) == 0
    assert in_silence(np.array([0.69, 0.7, 1.1, 1.11]), LEVELS).tolist() == [False, True, True, False]


def test_a_voice_without_silence_or_no_voice_gives_no_value() -> None:
    loud = replace(spoken(np.zeros(40)), sound={"speech-envelope": np.ones(160, np.float32)})
    assert score_case("silence_opening[mesh468]", loud).failures == (("no silence of 0.3 s", 40),)
    deaf = replace(loud, no_sound="no sound stream", sound={})
    assert score_case("silence_opening[mesh468]", deaf).failures == (("no sound stream", 40),)
