"""The speech table's errors on synthetic people, whose landmarks are exactly known for every expression and pose."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from benchmark.metrics import score_case
from benchmark.metrics.landmark_sets import LANDMARKS68, MESH468, LandmarkSet
from feed_dataset.synthetic.people.subjects import random_subject
from feed_dataset.synthetic.rig.head import Head, SharedTopology
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68, world_landmarks
from feed_dataset.synthetic.scene.types import Expression
from tests.benchmark.metrics.faces import case, video

OPENING = 0.5 - 0.5 * np.cos(np.linspace(0, 4 * np.pi, 9))  # two syllables
SETS = pytest.mark.parametrize("landmark_set", [MESH468, LANDMARKS68], ids=lambda one: one.name)


@lru_cache(maxsize=2)
def head(seed: int) -> Head:
    return Head(SharedTopology(level=0, texture_px=64), random_subject(seed))


@lru_cache(maxsize=32)
def speaking(amount: float, turn: float = 0.0, seed: int = 7, delay: int = 0) -> list[np.ndarray]:
    """Landmarks [468, 3] in px of a person who opens the jaw by `amount` and turns the head by up to `turn` degrees."""
    frames = []
    for t, openness in enumerate(np.roll(OPENING, delay)):
        turned = turn * np.sin(t) * np.array([1.0, 0.5, -0.4])
        coefficients = {"jawOpen": amount * openness, "mouthStretchLeft": 0.3 * amount * openness}
        expression = Expression(coefficients=coefficients, head_deg=(turned[0], turned[1], turned[2]))
        world = world_landmarks(head(seed).pose(expression), head(seed))[:468]
        frames.append(world * [1, -1, -1] * 120.0 + [128, 128, 0])
    return frames


def errors(landmark_set: LandmarkSet, output: list[np.ndarray], reference: list[np.ndarray]) -> dict[str, float]:
    def seen(frames: list[np.ndarray]) -> object:
        made = video(frames)
        return replace(made, arrays={"landmarks68": made.landmarks_px[:, list(MESH_TO_68)]})

    made, truth = seen(output), seen(reference)
    both = case(made, truth, truth, reference=truth)  # type: ignore[arg-type]
    found = {m: score_case(f"{m}[{landmark_set.name}]", both).value for m in ("m_p", "m_v", "f_p", "f_v")}
    return {name: value for name, value in found.items() if value is not None}


@SETS
def test_the_same_speech_from_a_turning_head_is_no_error(landmark_set: LandmarkSet) -> None:
    still, turning = speaking(1.0), speaking(1.0, turn=25.0)
    noise, motion = errors(landmark_set, turning, still), errors(landmark_set, speaking(0.0), still)
    assert all(noise[name] < 0.05 * motion[name] for name in motion)


@SETS
def test_errors_grow_with_what_is_missing(landmark_set: LandmarkSet) -> None:
    shares = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
    rows = [errors(landmark_set, speaking(share, turn=10.0), speaking(1.0)) for share in shares]
    for name in ("m_p", "m_v", "f_p", "f_v"):
        values = [row[name] for row in rows]
        assert values == sorted(values) and values[-1] > 5 * values[0]
    assert rows[-1]["m_p"] == pytest.approx(2 * rows[3]["m_p"] / 1.2, rel=0.25)  # about proportional


@SETS
def test_speech_out_of_step_moves_right_and_is_still_wrong(landmark_set: LandmarkSet) -> None:
    late = errors(landmark_set, speaking(1.0, delay=2), speaking(1.0))
    frozen = errors(landmark_set, speaking(0.0), speaking(1.0))
    assert late["m_v"] > frozen["m_v"]  # velocity punishes the wrong motion more than none
