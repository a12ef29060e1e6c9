"""What a face and a head do while somebody talks: mouth from phonemes, brows, blinks and head from the voice.

Heads of talkers drift slowly, more while they speak than while they listen, and beat on stressed syllables, mostly
downwards (Hadar et al. 1983; Munhall et al. 2004). Sizes are modest ones: some degrees of drift, beats of 1 to 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.motion.speech import Utterance, mouth_coefficients, viseme_labels
from feed_dataset.synthetic.motion.timeline import (
    GAZE_COMPENSATION,
    MAX_GAZE_COMPENSATION_DEG,
    NEUTRAL,
    UNSEEN,
    Take,
    blink_times,
    eyelids_at,
)
from feed_dataset.synthetic.scene.types import Expression

_REST_DEG = (7.0, 4.0, 2.5)  # how far from frontal a talker begins: yaw, pitch, roll
_DRIFT_DEG = (2.6, 1.5, 1.4)
_DRIFT_HZ = (0.08, 0.6)
_WAVES = 5  # sines that a drift is made of
_CALM = 0.4  # share of the drift that is left in silence
_BEAT_DEG, _BEAT_S = (1.0, 2.8), (0.26, 0.42)
_BEAT_SHARE = 0.6  # of the stressed syllables
_SIDEWAYS = 0.35  # of a beat's size, how far it may go to the side
_BEAT_DELAY_S = 0.04  # of a beat's deepest point after the syllable begins
_SHIFT_DM_PER_DEG = (0.012, 0.010)  # sideways by yaw, forwards by pitch: a neck is no ball joint
_LOUDNESS_HZ, _LOUDNESS_S = 100, 0.3
_BROW_INNER, _BROW_OUTER = 0.3, 0.18


@dataclass(frozen=True)
class HeadTrack:
    """Head of every frame: yaw, pitch, roll in degrees [T, 3], and its shift in dm [T, 3]."""

    degrees: np.ndarray
    shift_dm: np.ndarray


def talking_take(
    utterance: Utterance,
    times_s: np.ndarray,  # float64 [T]
    stresses_s: Sequence[float],
    rng: np.random.Generator,
    *,
    liveliness: float = 1.0,
) -> Take:
    """Somebody who says this; the same state of the generator gives the same take.

    Args:
        stresses_s: when stressed syllables begin.
        liveliness: factor of the head's motion.
    """
    loud = loudness(utterance, times_s)
    head = talking_head(times_s, loud, stresses_s, rng, liveliness=liveliness)
    blinks = blink_times(rng, float(times_s[-1]))
    mouths = mouth_coefficients(utterance, times_s)
    limit = np.array(MAX_GAZE_COMPENSATION_DEG)
    gaze_deg = np.clip(-GAZE_COMPENSATION * head.degrees[:, :2], -limit, limit)
    expressions = []
    for row, (time_s, mouth, stress) in enumerate(zip(times_s.tolist(), mouths, loud.tolist(), strict=True)):
        face = {"browInnerUp": _BROW_INNER * stress}
        face |= {f"browOuterUp{side}": _BROW_OUTER * stress for side in ("Left", "Right")}
        face |= {f"eyeBlink{side}": eyelids_at(blinks, time_s) for side in ("Left", "Right")}
        expressions.append(
            Expression(
                {name: value for name, value in {**face, **mouth}.items() if value > UNSEEN},
                head_deg=_three(head.degrees[row]),
                translation_dm=_three(head.shift_dm[row]),
                gaze_deg=(float(gaze_deg[row, 0]), float(gaze_deg[row, 1])),
            )
        )
    labels = viseme_labels(utterance, times_s)
    items = tuple(NEUTRAL if label == "sil" else "speech" for label in labels)
    return Take(tuple(expressions), items, labels, utterance)


def loudness(
    utterance: Utterance,
    times_s: np.ndarray,  # float64 [T]
) -> np.ndarray:  # float64 [T] in [0, 1]
    """Slow loudness, against the loudest moment."""
    block = utterance.sample_rate_hz // _LOUDNESS_HZ
    blocks = utterance.samples[: len(utterance.samples) // block * block].reshape(-1, block)
    level = np.sqrt((blocks.astype(np.float64) ** 2).mean(1))
    window = np.hanning(round(_LOUDNESS_S * _LOUDNESS_HZ) + 2)[1:-1]
    slow = np.convolve(level, window / window.sum(), mode="same")
    middles_s = (np.arange(len(slow)) + 0.5) * block / utterance.sample_rate_hz
    return np.interp(times_s, middles_s, slow / max(float(slow.max()), 1e-9))


def talking_head(
    times_s: np.ndarray,  # float64 [T]
    loud: np.ndarray,  # float64 [T] in [0, 1]
    stresses_s: Sequence[float],
    rng: np.random.Generator,
    *,
    liveliness: float = 1.0,
) -> HeadTrack:
    """Rest pose, drift whose speed follows the voice, and beats on stressed syllables."""
    rest = rng.normal(0, 0.5, 3).clip(-1, 1) * _REST_DEG
    # The drift's own clock runs slower in silence, so that the head calms down where it is.
    pace = _CALM + (1 - _CALM) * loud
    clock_s = np.concatenate([[0.0], np.cumsum(pace[:-1] * np.diff(times_s))])
    drift = np.stack([amplitude * _drift(clock_s, rng) for amplitude in _DRIFT_DEG], axis=1)
    beats = np.zeros((len(times_s), 3))
    for stress_s in stresses_s:
        size, length_s = float(rng.uniform(*_BEAT_DEG)), float(rng.uniform(*_BEAT_S))
        aside = rng.uniform(-_SIDEWAYS, _SIDEWAYS, 2)
        if rng.random() < _BEAT_SHARE:
            level = float(np.interp(stress_s + _BEAT_DELAY_S, times_s, loud))
            away = np.abs(times_s - stress_s - _BEAT_DELAY_S) / (length_s / 2)
            pulse = np.where(away < 1, 0.5 * (1 + np.cos(np.pi * away)), 0.0)
            beats += size * level * pulse[:, None] * np.array([aside[0], 1.0, aside[1]])
    degrees = rest + liveliness * (drift + beats)
    shift = np.zeros_like(degrees)
    shift[:, 0], shift[:, 2] = _SHIFT_DM_PER_DEG[0] * degrees[:, 0], _SHIFT_DM_PER_DEG[1] * degrees[:, 1]
    return HeadTrack(degrees, shift)


def _drift(clock_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Slow random motion [T] that begins at 0, with a standard deviation of about 1."""
    rates_hz = np.exp(rng.uniform(math.log(_DRIFT_HZ[0]), math.log(_DRIFT_HZ[1]), _WAVES))
    sizes = 1 / np.sqrt(rates_hz)
    phases = rng.uniform(0, 2 * np.pi, _WAVES)
    waves = sizes * np.sin(2 * np.pi * rates_hz * clock_s[:, None] + phases)
    path: np.ndarray = waves.sum(1) / np.sqrt((sizes**2).sum() / 2)
    return path - path[0]


def _three(row: np.ndarray) -> tuple[float, float, float]:
    return float(row[0]), float(row[1]), float(row[2])
