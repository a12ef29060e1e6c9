"""Speech features follow the clock of the pictures, whatever the length of the sound and wherever windows begin."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from model.networks.errors import ModelError
from model.speech.features import features_of, frame_times, loudest_of, speech_features, stream_features
from model.speech.mel import SAMPLE_RATE_HZ, SILENT
from model.speech.samples import Sound, end_s, sound_of
from model.speech.windows import Windows
from tests.model.speech.encoders import Loudness, Placed


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = 0.02 + 0.1 * np.abs(np.sin(np.arange(round(seconds * SAMPLE_RATE_HZ)) / 3000))
    return (level * rng.standard_normal(len(level))).astype(np.float32)


def click(at_s: float, seconds: float = 4.0) -> np.ndarray:
    samples = np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)
    samples[round(at_s * SAMPLE_RATE_HZ)] = 0.9
    return samples


@pytest.mark.parametrize("fps", (24.0, 25.0, 30.0, 29.97))
def test_one_row_for_each_frame(fps: float) -> None:
    for seconds in (0.1, 1.0, 7.03):
        found = speech_features(noise(seconds), 0.0, frame_times(seconds, fps), Loudness())
        assert found.shape == (round(seconds * fps), 2) and found.isfinite().all()
    assert speech_features(noise(1.0), 0.0, np.empty(0), Loudness()).shape == (0, 2)


@pytest.mark.parametrize("start_s", (0.0, 0.48, -0.3))
def test_a_click_shows_at_its_time(start_s: float) -> None:
    for at_s in (0.6, 1.24, 2.0, 3.4):
        times_s = frame_times(4.0, 25.0)
        found = speech_features(click(at_s - start_s, 4.0 - start_s), start_s, times_s, Loudness())
        assert times_s[found[:, 0].argmax()] == pytest.approx(at_s)


def test_a_time_between_two_values_is_on_the_line_between_them() -> None:
    sound = noise(2.0)
    at = speech_features(sound, 0.0, np.array([1.0, 1.02]), Loudness())
    between = speech_features(sound, 0.0, np.array([1.0, 1.005, 1.02]), Loudness())
    torch.testing.assert_close(between[1], 0.75 * at[0] + 0.25 * at[1])
    assert torch.equal(between[[0, 2]], at)


@pytest.mark.parametrize("windows", (Windows(), Windows(0.4, 0.2), Windows(1.0, 1.0)))
def test_without_places_windows_change_nothing(windows: Windows) -> None:
    sound, times_s = noise(5.0), frame_times(5.0, 25.0)
    expected = Loudness(Windows(30.0, 30.0))
    found = speech_features(sound, 0.0, times_s, Loudness(windows))
    torch.testing.assert_close(found, speech_features(sound, 0.0, times_s, expected), atol=1e-5, rtol=0)


def test_a_moment_is_the_same_whatever_else_is_asked_for() -> None:
    sound, times_s = noise(9.0), frame_times(9.0, 25.0)
    whole = speech_features(sound, 0.0, times_s, Placed())
    for first, stop in ((0, 1), (40, 90), (224, 225), (100, 225)):
        assert torch.equal(speech_features(sound, 0.0, times_s[first:stop], Placed()), whole[first:stop])


def test_a_moment_is_the_same_wherever_the_sound_was_cut() -> None:
    """Away from the cut by a window's length, to the bit; the loudest moment lies in both."""
    sound, times_s = noise(12.0), frame_times(12.0, 25.0)
    sound[9 * SAMPLE_RATE_HZ] = 1.0
    whole = speech_features(sound, 0.0, times_s, Placed())
    for cut in (16_000, 17_777, 31_999):
        piece = speech_features(sound[cut:], cut / SAMPLE_RATE_HZ, times_s, Placed())
        inside = times_s > cut / SAMPLE_RATE_HZ + 3.0
        assert torch.equal(piece[inside], whole[inside])
        assert not torch.equal(piece, whole)


def test_a_late_start_is_silence_before() -> None:
    sound, times_s = noise(2.0), frame_times(4.0, 25.0)
    late = speech_features(sound, 1.5, times_s, Placed())
    filled = speech_features(np.concatenate([np.zeros(24_000, np.float32), sound]), 0.0, times_s, Placed())
    assert torch.equal(late, filled)


def test_the_blocks_of_a_sound_change_nothing() -> None:
    sound, times_s = noise(4.0), frame_times(4.0, 25.0)

    def in_blocks_of(size: int) -> Sound:
        return Sound(0, lambda: (sound[place : place + size] for place in range(0, len(sound), size)))

    whole = features_of(in_blocks_of(len(sound)), times_s, Placed())
    for size in (160, 777, 40_000):
        assert torch.equal(features_of(in_blocks_of(size), times_s, Placed()), whole)


def test_no_more_of_a_long_sound_is_read_than_the_next_values_need() -> None:
    """What is held does not grow: reading stays within a window and a block of what was given out."""
    seconds, read = 60, [0]

    def blocks() -> Iterator[np.ndarray]:
        read[0] = 0
        for second in range(seconds):
            read[0] = second + 1
            yield noise(1.0, second)

    given = 0
    for piece in stream_features(Sound(0, blocks), frame_times(seconds, 25.0), Loudness()):
        assert len(piece) <= 16
        given += len(piece)
        assert read[0] <= given / 25.0 + 3.0 + 2.0
    assert given == seconds * 25


def test_the_loudest_is_of_the_whole_sound() -> None:
    sound = np.zeros(40 * SAMPLE_RATE_HZ, np.float32)
    assert loudest_of(sound_of(sound, 0.0)) == SILENT
    sound[-1] = 0.5
    alone = loudest_of(sound_of(sound[-1000:], 7.0))
    assert loudest_of(sound_of(sound, 0.0)) > SILENT and alone > SILENT
    assert loudest_of(sound_of(np.empty(0, np.float32), 0.0)) == SILENT
    assert end_s(sound_of(sound, 1.5)) == 41.5


@pytest.mark.parametrize(
    "sound",
    (
        np.full(16_000, 0.7, np.float32),
        np.zeros(16_000, np.float32),
        np.sign(noise(1.0)),
        noise(0.1),
        np.empty(0, np.float32),
        noise(1.0).astype(np.float64),
    ),
    ids=("constant", "silent", "clipping", "0.1 s", "empty", "float64"),
)
def test_odd_sounds_have_finite_features(sound: np.ndarray) -> None:
    found = speech_features(sound, 0.0, frame_times(1.0, 25.0), Loudness())
    assert found.shape == (25, 2) and found.isfinite().all()


@pytest.mark.parametrize(
    "samples, start_s, times_s, words",
    [
        (np.zeros((2, 100), np.float32), 0.0, [0.0], r"expected float samples \[S\] but got float32 \[2, 100\]"),
        (np.zeros(100, np.int16), 0.0, [0.0], "but got int16"),
        (np.full(100, np.nan, np.float32), 0.0, [0.0], "finite samples"),
        (np.full(100, np.inf, np.float32), 0.0, [0.0], "finite samples"),
        (np.zeros(100, np.float32), float("nan"), [0.0], "time of the first sample but got nan"),
        (np.zeros(100, np.float32), 0.0, [0.1, 0.0], "never go back"),
        (np.zeros(100, np.float32), 0.0, [0.0, np.nan], "finite times"),
        (np.zeros(100, np.float32), 0.0, [[0.0]], r"finite times \[T\] but got \[1, 1\]"),
        (np.zeros(100, np.float32), 0.0, [1e9], "within 100 hours"),
    ],
)
def test_other_input_is_refused_in_a_line(samples: np.ndarray, start_s: float, times_s: list, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        speech_features(samples, start_s, np.array(times_s), Loudness())
