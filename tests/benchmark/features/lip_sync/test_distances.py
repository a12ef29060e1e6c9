"""Distances per offset: nothing is filled up, the sign is the original's, LSE-C and LSE-D are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.features.lip_sync.distances import (
    SyncResult,
    parabola_vertex,
    summarise_sync,
    sync_distances,
    too_short,
)
from benchmark.features.lip_sync.legacy_scores import legacy_result


def _features(count: int, seed: int = 0) -> np.ndarray:
    """Features that change smoothly, as those of overlapping windows do."""
    noise = np.random.default_rng(seed).normal(size=(count + 8, 32))
    smooth = sum(noise[shift : shift + count] for shift in range(5)) / 5**0.5
    return np.asarray(smooth, dtype=np.float32)


def test_columns_are_offsets_and_gaps_are_nan() -> None:
    lip, sound = _features(4), _features(3, 1)
    distances = sync_distances(lip, sound, vshift=2)
    assert distances.shape == (4, 5)
    assert distances[1, 2] == pytest.approx(np.linalg.norm(lip[1] - sound[1]), rel=1e-6)
    assert distances[1, 3] == pytest.approx(np.linalg.norm(lip[1] - sound[2]), rel=1e-6)
    assert np.isnan(distances[0, :2]).all() and np.isnan(distances[3, 2:]).all() and np.isnan(distances[1, 4])


@settings(deadline=None, max_examples=25)
@given(st.integers(-12, 12))
def test_late_sound_lowers_the_offset_by_as_many_frames(late: int) -> None:
    track = _features(130)
    sound, lip = track[20:110], track[20 + late : 110 + late]  # sound[i + late] belongs to lip[i]
    result = summarise_sync(sync_distances(lip, sound))
    assert result.offset_frames == pytest.approx(-late, abs=0.3)
    assert result.offset_s == pytest.approx(result.offset_frames * 0.04)
    assert result.distance == pytest.approx(0.0, abs=1e-5)
    assert legacy_result(lip, sound).offset_frames == -late


def test_offsets_below_a_frame_are_found() -> None:
    times = np.arange(90)[:, None]
    waves = np.random.default_rng(0).uniform(0.05, 0.25, 64)

    def at(shift: float) -> np.ndarray:
        return np.concatenate([np.sin((times + shift) * waves), np.cos((times + shift) * waves)], axis=1)

    noise = np.random.default_rng(1).normal(size=(90, 128))  # a round minimum, as real distances have
    for shift in (-0.4, -0.25, 0.0, 0.3):
        result = summarise_sync(sync_distances(at(shift) + noise, at(0.0)))
        assert result.offset_frames == pytest.approx(-shift, abs=0.05)


def test_confidence_is_median_less_minimum() -> None:
    distances = np.tile(np.array([5.0, 1.0, 4.0, 6.0, 9.0]), (12, 1))
    distances[:, 1] += np.arange(12) - 5.5  # the mean counts
    result = summarise_sync(distances)
    assert (result.confidence, result.distance, result.n_windows) == (4.0, 1.0, 12)


def test_zeros_at_the_ends_would_bias_it() -> None:
    """The historical padding lowers the confidence of a short clip; leaving the offsets' ends out does not."""
    track = _features(60)
    rng = np.random.default_rng(5)
    lip = track + 0.5 * rng.normal(size=track.shape)
    ours, padded = summarise_sync(sync_distances(lip, track)), legacy_result(lip, track)
    assert padded.confidence < 0.97 * ours.confidence


def test_missing_windows_are_left_out() -> None:
    lip, sound = _features(60), _features(60)
    lip[10:20] = np.nan
    result = summarise_sync(sync_distances(lip, sound))
    assert result.n_windows == 50 and result.offset_frames == pytest.approx(0.0, abs=0.05)


def test_short_clips_have_no_result() -> None:
    distances = sync_distances(_features(24), _features(24))
    assert too_short(distances) == ("too short: an offset within 15 frames has 9 windows to compare, 10 are needed")
    with pytest.raises(ValueError, match="too short"):
        summarise_sync(distances)
    assert isinstance(summarise_sync(sync_distances(_features(25), _features(25))), SyncResult)
    assert too_short(np.empty((0, 31))) is not None


def test_vertex_of_a_parabola() -> None:
    values = (np.arange(7) - 3.2) ** 2
    assert parabola_vertex(values, 3) == pytest.approx(0.2)
    assert parabola_vertex(values, 0) == 0.0
    assert parabola_vertex(np.ones(5), 2) == 0.0


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected features"):
        sync_distances(np.zeros((3, 4)), np.zeros((3, 5)))
    with pytest.raises(ValueError, match="equal length"):
        legacy_result(np.zeros((3, 4)), np.zeros((2, 4)))
