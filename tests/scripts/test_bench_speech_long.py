"""Drift that is there is found, and minutes are counted to the last frame."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.cbook import get_sample_data

from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.media.audio import write_wave
from model.avatar.motion import Motion
from model.speech import SpeechDriver
from model.speech.mel import SAMPLE_RATE_HZ
from model.speech.samples import sound_of
from scripts.bench_speech_long import Minute, Undrawn, drifts, film, minutes
from tests.model.speech.driving.material import noise, person, speech_weights
from tests.model.speech.encoders import Loudness

STEADY = Minute(frames=1500, z_away=1.0, turned_deg=2.0, brightness=100.0, identity=0.1, memory_mb=500.0)


def shown(motion: Motion) -> np.ndarray:
    """In the place of an avatar's pictures: z as grey levels."""
    return np.full((len(motion), 4, 4, 3), float(motion.z.mean()) * 10 + 100)


def test_each_minute_is_counted_and_each_picture_is_seen() -> None:
    avatar: Any = SimpleNamespace(motion=person(), render=shown)
    speech = SpeechDriver(speech_weights(), sound_of(noise(64.0), 0.0), ears=Loudness())
    looked: list[np.ndarray] = []

    def identity(picture: np.ndarray) -> float:
        looked.append(picture)
        return 0.25

    found = list(minutes(speech, avatar, identity, every_s=5.0))
    assert [minute.frames for minute in found] == [1500, 100]
    assert len(looked) == 13  # at 0, 5, ... 60 s
    assert all(minute.identity == 0.25 and minute.z_away > 0 and minute.turned_deg > 0 for minute in found)
    assert all(50 < minute.brightness < 150 and minute.memory_mb > 10 for minute in found)


@pytest.mark.parametrize(
    ("name", "what", "step"),
    [
        ("memory_mb", "memory, MB", 4.0),
        ("brightness", "brightness, levels", -0.5),
        ("identity", "identity", 0.01),
        ("z_away", "z, relative", 0.005),
    ],
)
def test_what_drifts_is_named(name: str, what: str, step: float) -> None:
    steady = [dataclasses.replace(STEADY, turned_deg=float(angle)) for angle in range(10)]
    assert all(abs(change) <= most for change, most in drifts(steady).values())
    drifting = [dataclasses.replace(STEADY, **{name: getattr(STEADY, name) + step * n}) for n in range(10)]
    missed = [key for key, (change, most) in drifts(drifting).items() if abs(change) > most]
    assert missed == [what]


def test_a_last_piece_of_a_minute_is_no_drift() -> None:
    found = [STEADY, STEADY, dataclasses.replace(STEADY, frames=10, brightness=0.0)]
    assert drifts(found)["brightness, levels"][0] == 0.0
    assert torch.isfinite(torch.tensor([change for change, _ in drifts(found).values()])).all()


def test_a_film_is_as_long_as_its_sound(tmp_path: Path) -> None:
    photo, wav = Path(get_sample_data("grace_hopper.jpg", asfileobj=False)), tmp_path / "speech.wav"
    write_wave(wav, noise(1.0), SAMPLE_RATE_HZ)
    try:
        avatar = Undrawn(photo)
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    weights = speech_weights(avatar.model.config.z_dim, avatar.model.weights_sha256)
    found = film(SpeechDriver(weights, wav, ears=Loudness()), avatar, tmp_path / "long.mp4")
    assert found["frames"][:2] == (25.0, 25.0)
    assert all(abs(got - wanted) <= off for got, wanted, off in found.values())
