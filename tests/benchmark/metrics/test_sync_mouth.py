"""The lag between mouth and voice, on rendered speech whose sound made the mouth."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.features.lip_sync.loudness import speech_envelope
from benchmark.metrics.sync_mouth import LIP_PAIRS, LagResult, find_lag, mouth_opening
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.faces.track import track_faces
from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.core.media.audio import read_audio
from feed_dataset.core.media.video import read_video
from feed_dataset.layout.mini import MINI_ROOT


def _syllables(seed: int = 0) -> np.ndarray:
    """An opening that follows syllables of random length, 4 s at 100 Hz."""
    rng = np.random.default_rng(seed)
    targets = np.repeat(rng.uniform(0, 1, 40), rng.integers(6, 18, 40))[:400]
    return np.convolve(np.pad(targets, 5, mode="edge"), np.hanning(13)[1:-1] / np.hanning(13).sum(), mode="valid")


@pytest.mark.parametrize("late_frames", [-9, -3, 0, 2, 7])
def test_late_sound_gives_a_negative_lag(late_frames: int) -> None:
    opening = _syllables()
    sound = np.roll(opening, late_frames * 4)  # 40 ms a frame, 10 ms a value
    found = find_lag(opening[::4], np.arange(100) / 25, sound)
    assert isinstance(found, LagResult)
    assert found.lag_frames == pytest.approx(-late_frames, abs=0.3)
    assert found.correlation > 0.9


def test_holes_in_a_variable_rate_move_nothing() -> None:
    opening = _syllables()
    kept = np.array([moment for moment in range(0, 400, 4) if moment < 150 or moment % 16])
    found = find_lag(opening[kept], 2.0 + kept / 100, np.roll(opening, -12))
    assert isinstance(found, LagResult) and found.lag_frames == pytest.approx(3.0, abs=0.3)


def test_missing_frames_are_left_out() -> None:
    opening = _syllables()[::4]
    opening[20:30] = np.nan
    found = find_lag(opening, np.arange(100) / 25, _syllables())
    assert isinstance(found, LagResult) and found.lag_frames == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize(
    "opening, envelope",
    [
        (np.ones(100), _syllables()),  # a mouth that does not move
        (_syllables()[::4], np.zeros(400)),  # silence
        (_syllables()[::4][:20], _syllables()[:80]),  # 0.8 s
        (np.full(100, np.nan), _syllables()),
        (np.zeros(0), np.zeros(0)),
    ],
)
def test_nothing_to_compare_is_said(opening: np.ndarray, envelope: np.ndarray) -> None:
    assert "too little to compare" in str(find_lag(opening, np.arange(len(opening)) / 25, envelope))


def test_opening_is_relative_to_the_eyes() -> None:
    points = np.zeros((2, 468, 3))
    points[:, 263, 0] = 100.0  # 33 at 0
    for upper, lower in LIP_PAIRS:
        points[1, lower, 1] = 20.0
        points[1, upper, 1] = 0.0
    np.testing.assert_allclose(mouth_opening(points), [0.0, 0.2])
    np.testing.assert_allclose(mouth_opening(3.0 * points), [0.0, 0.2])


def test_a_strangers_sound_has_no_lag() -> None:
    found = [find_lag(_syllables(1)[::4], np.arange(100) / 25, _syllables(seed)) for seed in range(2, 22)]
    lags = [one.lag_s for one in found if isinstance(one, LagResult)]
    assert len(lags) == 20 and sum(isinstance(lag, str) for lag in lags) >= 17  # one in twenty is chance
    one = next(one for one in found if isinstance(one, LagResult) and isinstance(one.lag_s, str))
    assert one.lag_s == one.lag_frames and "others' sound fits as well" in str(one.lag_s)
    assert one.chance > 0.05 and abs(one.correlation - one.by_chance) < 0.4


def test_the_end_of_the_search_is_no_lag() -> None:
    """The sound is late by more than is searched for; what is nearest to the truth lies at the end."""
    slow = np.convolve(_syllables(), np.hanning(102)[1:-1] / np.hanning(102).sum(), mode="same")
    found = find_lag(slow[::4], np.arange(100) / 25, np.roll(slow, 66))
    assert isinstance(found, LagResult) and found.chance <= 0.05
    assert found.lag_s == "the best lag is the end of the search, 0.6 s"


@pytest.mark.parametrize("subject", ["S02", "S08"])
def test_rendered_speech_is_in_sync_and_shifts_are_found(subject: str) -> None:
    try:
        networks = FaceNetworks.load()
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    clip = MINI_ROOT / subject / "speech_C.mp4"
    video, audio = read_video(clip), read_audio(clip)
    assert audio is not None and audio.sample_rate_hz == 16_000
    opening = mouth_opening(track_faces(video.frames, networks=networks).landmarks_px)
    for late in (-4, 0, 4):
        silence = np.zeros(max(0, late) * 640, np.float32)
        sound = np.concatenate([silence, audio.samples[max(0, -late) * 640 :]])
        found = find_lag(opening, video.pts_s, speech_envelope(sound))
        assert isinstance(found, LagResult)
        assert found.lag_frames == pytest.approx(-late, abs=1.0)
        assert found.correlation > 0.4
