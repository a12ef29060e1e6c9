"""How a head moves while its owner talks."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.synthetic.motion.speech import speak
from feed_dataset.synthetic.motion.talking import loudness, talking_head, talking_take

FPS = 25
TIMES_S = np.arange(60 * FPS) / FPS
SPOKEN = (TIMES_S % 4) < 2  # two seconds of voice, two of silence
STRESSES_S = [float(time_s) for time_s in np.arange(0.3, 60, 0.5) if time_s % 4 < 2]


def moved(seed: int, liveliness: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return talking_head(TIMES_S, SPOKEN.astype(float), STRESSES_S, rng, liveliness=liveliness).degrees


def test_a_seed_repeats_and_another_differs() -> None:
    assert np.array_equal(moved(1), moved(1))
    assert not np.allclose(moved(1), moved(2), atol=1.0)


@pytest.mark.parametrize("seed", range(4))
def test_heads_move_with_the_voice_and_modestly(seed: int) -> None:
    degrees = moved(seed)
    speed = np.linalg.norm(np.diff(degrees, axis=0), axis=1) * FPS
    assert speed[SPOKEN[1:]].mean() > 1.5 * speed[~SPOKEN[1:]].mean()
    assert 0.5 < degrees.std(axis=0).max() < 6
    assert speed.max() < 60  # no jumps


def test_beats_go_down_on_stressed_syllables() -> None:
    """Averaged over the stresses, the head is lower (pitch is down) shortly after one than midway to the next."""
    pitch = np.mean([moved(seed)[:, 1] for seed in range(6)], axis=0)
    at = np.mean([np.interp(one + 0.04, TIMES_S, pitch) for one in STRESSES_S])
    between = np.mean([np.interp(one + 0.29, TIMES_S, pitch) for one in STRESSES_S])
    assert at > between + 0.4


def test_livelier_people_move_more() -> None:
    assert np.diff(moved(3, 1.4), axis=0).std() == pytest.approx(1.4 * np.diff(moved(3), axis=0).std(), rel=1e-6)


def test_a_take_has_the_mouth_of_its_phonemes() -> None:
    utterance = speak(np.random.default_rng(0), 3.0, pitch_hz=120)
    times_s = np.arange(75) / FPS
    take = talking_take(utterance, times_s, (), np.random.default_rng(1))
    assert len(take.expressions) == 75 and take.utterance is utterance
    assert (
        take.expressions[0].coefficients.get("jawOpen", 0)
        < 0.1
        < max(one.coefficients.get("jawOpen", 0) for one in take.expressions)
    )
    loud = loudness(utterance, times_s)
    assert loud.max() == pytest.approx(1, abs=0.02) and loud.min() >= 0
