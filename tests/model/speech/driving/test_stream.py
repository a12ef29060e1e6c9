"""Sound becomes motion of any length: the same bits however it is cut, at any times, and never adrift."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from model.networks.errors import ModelError
from model.speech.driving.stream import Heard, stream_motion
from model.speech.features import frame_times, speech_features
from model.speech.samples import Sound, sound_of
from tests.model.speech.driving.material import FPS, noise, speech_weights
from tests.model.speech.encoders import Loudness

FIRST = torch.linspace(-1, 1, 8)[None]


def heard(times_s: np.ndarray, samples: np.ndarray, seed: int = 0, start_s: float = 0.0) -> Heard:
    pieces = list(stream_motion(speech_weights(), sound_of(samples, start_s), times_s, FIRST, seed, Loudness()))
    return Heard(*(torch.cat(parts) for parts in zip(*pieces, strict=True)))


def test_a_stream_is_what_both_networks_say_at_once() -> None:
    samples, times_s = noise(14.0), frame_times(14.0, FPS)
    found, model = heard(times_s, samples, seed=3), speech_weights()
    features = speech_features(samples, 0.0, times_s, Loudness())
    with torch.inference_mode():
        assert torch.equal(found.z, model.expression(FIRST, features[None])[0])
    track = model.head_motion.sample(features, seed=3)
    assert torch.allclose(found.track, track, atol=1e-6)
    assert len(found.z) == len(found.track) == len(times_s)


def test_other_rates_get_the_line_between_two_frames() -> None:
    samples = noise(3.0)
    own, twice = heard(frame_times(3.0, FPS), samples), heard(frame_times(3.0, 2 * FPS), samples)
    assert len(twice.z) == 2 * len(own.z)
    assert torch.equal(twice.z[::2], own.z)
    assert torch.allclose(twice.z[1:-1:2], (own.z[1:] + own.z[:-1]) / 2, atol=1e-6)


def test_uneven_times_are_read_at_their_places() -> None:
    samples = noise(14.0)
    times_s = np.array([0.0, 0.04, 0.04, 0.5, 2.02, 13.0])
    own, found = heard(frame_times(14.0, FPS), samples), heard(times_s, samples)
    assert torch.equal(found.z[[0, 1, 2]], own.z[[0, 1, 1]])
    assert torch.allclose(found.z[3], own.z[12:14].mean(0), atol=1e-6)
    assert torch.allclose(found.z[5], own.z[325], atol=1e-6)


def test_a_film_may_begin_anywhere_in_a_sound() -> None:
    """Sound that a file's pictures begin 0.4 s into: the same motion as of that part alone."""
    samples = noise(4.0)
    late = heard(0.4 + frame_times(2.0, FPS), samples)
    alone = heard(frame_times(2.0, FPS), samples, start_s=-0.4)
    assert torch.allclose(late.z, alone.z, atol=1e-4)


def test_one_seed_repeats_and_two_differ_in_the_head_alone() -> None:
    samples, times_s = noise(2.0), frame_times(2.0, FPS)
    first, again, other = (heard(times_s, samples, seed) for seed in (1, 1, 2))
    assert torch.equal(first.track, again.track) and torch.equal(first.z, again.z)
    assert torch.equal(first.z, other.z) and not torch.allclose(first.track, other.track, atol=1e-3)


def test_sound_is_read_as_it_is_needed() -> None:
    """Once for its loudest moment, and a second time as far as the motion that is asked for."""
    read: list[float] = []

    def blocks() -> Iterator[np.ndarray]:
        read.append(0.0)
        for second in range(120):
            read[-1] += 1.0
            yield noise(1.0, second)

    pieces = stream_motion(speech_weights(), Sound(0, blocks), frame_times(120.0, FPS), FIRST, 0, Loudness())
    frames = 0
    for piece in pieces:
        frames += len(piece.z)
        assert read[0] == 120.0 and read[1] <= frames / FPS + 8  # a window, and how far head motion looks ahead
    assert frames == 3000


@pytest.mark.parametrize("times_s", [np.array([]), np.array([0.0, 1.0, 0.5]), np.array([0.0, np.nan])])
def test_times_that_are_none_are_refused(times_s: np.ndarray) -> None:
    with pytest.raises(ModelError, match=r"at least one frame|never go back"):
        heard(times_s, noise(1.0))
