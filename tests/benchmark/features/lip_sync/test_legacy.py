"""The historical procedure: tracks, codecs, and a whole clip through it with stand-ins for its networks."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from benchmark.features.lip_sync.legacy import LegacySession
from benchmark.features.lip_sync.legacy_codecs import Jpegs, Mpeg4, read_jpeg, through_crop_file
from benchmark.features.lip_sync.legacy_scores import COLUMNS, score_tracks, track_rows
from benchmark.features.lip_sync.legacy_tracks import Face, FaceTrack, find_tracks, hsv_change, shots, smoothed
from benchmark.features.types.extractor import Batch


def _box(x: float) -> tuple[float, float, float, float]:
    return (x, 10.0, x + 120.0, 160.0)


def _still(count: int, x: float = 50.0, first: int = 0) -> list[list[Face]]:
    return [[Face(first + frame, _box(x))] for frame in range(count)]


def test_100_frames_are_no_track_and_101_are() -> None:
    assert find_tracks(_still(100), [(0, 100)]) == []
    (track,) = find_tracks(_still(101), [(0, 101)])
    assert track.frames.tolist() == list(range(101))


def test_gaps_of_25_frames_are_filled_and_longer_ones_end_a_track() -> None:
    faces = _still(260)
    faces[50:74] = [[]] * 24
    (track,) = find_tracks(faces, [(0, 260)])
    assert len(track.frames) == 260
    faces[50:75] = [[]] * 25
    (track,) = find_tracks(faces, [(0, 260)])
    assert track.frames[0] == 75


def test_two_people_are_two_tracks_and_small_faces_none() -> None:
    faces = [[*one, Face(index, _box(400.0))] for index, one in enumerate(_still(120))]
    tracks = find_tracks(faces, [(0, 120)])
    assert sorted(track.boxes_px[0, 0] for track in tracks) == [50.0, 400.0]
    small = [[Face(index, (0.0, 0.0, 80.0, 100.0))] for index in range(120)]
    assert find_tracks(small, [(0, 120)]) == []


def test_tracks_end_with_their_shot() -> None:
    assert find_tracks(_still(180), [(0, 90), (90, 180)]) == []


def test_the_median_filter_pads_with_zeros() -> None:
    track = FaceTrack(np.arange(30), np.tile(np.array([[10.0, 20.0, 110.0, 170.0]]), (30, 1)))
    assert smoothed(track)[15].tolist() == [60.0, 95.0, 75.0]
    drifting = FaceTrack(np.arange(30), track.boxes_px + np.arange(30)[:, None])
    assert smoothed(drifting)[0, 0] == 60.0  # the least of the seven values there are, not their median


def test_cuts() -> None:
    assert shots([0.0] * 40) == [(0, 40)]
    assert shots([0.0] * 20 + [30.0] + [0.0] * 19) == [(0, 20), (20, 40)]
    assert shots([0.0] * 10 + [30.0] + [0.0] * 29) == [(0, 40)]  # within 15 frames of the last
    black, white = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)
    assert hsv_change(white, black) == pytest.approx(85.0)


def _smooth_frames(count: int, height: int = 90, width: int = 121) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    grey = [128 + 60 * np.sin(x / 17 + index / 5) + 60 * np.cos(y / 13) for index in range(count)]
    return np.repeat(np.stack(grey)[..., None], 3, axis=-1).astype(np.uint8)


def test_frames_come_back_from_the_encoders_nearly_as_they_were() -> None:
    frames = _smooth_frames(12)
    codec, jpegs = Mpeg4(121, 90), Jpegs(120, 90, quality=2)
    pictures = [picture for frame in frames for picture in codec.push(frame)] + codec.finish()
    assert len(pictures) == 12
    back = np.stack([read_jpeg(jpegs.push(picture)) for picture in pictures])
    assert back.shape == (12, 90, 120, 3)
    error = np.abs(back.astype(int) - frames[:, :, :120]).mean(axis=(1, 2, 3))
    assert (error > 0.0).all() and (error < 3.0).all()


def test_crops_lose_much_in_the_default_jpeg() -> None:
    crops = np.random.default_rng(0).integers(60, 200, (30, 28, 28, 3), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
    dumped = np.stack(list(through_crop_file(crops, 224)))
    assert dumped.shape == crops.shape
    assert 2.0 < np.abs(dumped[-1].astype(int) - crops[-1]).mean() < 60.0


class _FaceInTheMiddle:
    def __call__(self, image: np.ndarray) -> np.ndarray:
        return np.array([[60.0, 40.0, 180.0, 190.0, 0.99]])


class _Numbered:
    def lip(self, crops: np.ndarray) -> np.ndarray:
        return np.arange(len(crops) - 4, dtype=np.float32)[:, None].repeat(1024, axis=1)


def _session(frames: np.ndarray, fps: Fraction = Fraction(25), batch: int = 9) -> np.ndarray:
    times_s, (height, width) = np.arange(len(frames)) / float(fps), frames.shape[1:3]
    session = LegacySession(_FaceInTheMiddle(), _Numbered(), times_s, width, height)  # type: ignore[arg-type]
    for start in range(0, len(frames), batch):
        part = frames[start : start + batch]
        session.push(Batch(part, np.full((len(part), 468, 3), np.nan, np.float32), start))
    return session.finish()


def test_a_clip_gives_a_row_per_window() -> None:
    rows = _session(_smooth_frames(104, 240, 256))
    assert rows.shape == (100, COLUMNS)
    assert rows[:, 0].max() == 0 and rows[:, 1].tolist() == list(range(100))
    np.testing.assert_array_equal(rows[:, 2], np.arange(100))


def test_short_slow_and_empty_clips_give_none() -> None:
    assert _session(_smooth_frames(30, 64, 64)).shape == (0, COLUMNS)
    assert _session(_smooth_frames(30, 64, 64), Fraction(5)).shape == (0, COLUMNS)
    assert _session(np.zeros((0, 64, 64, 3), np.uint8)).shape == (0, COLUMNS)


def test_tracks_are_scored_with_the_sound_of_their_time() -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(size=(300, 1024)).astype(np.float32)
    rows = np.concatenate([track_rows(0, 0, sound[:110]), track_rows(1, 150, sound[152:252])])
    first, second = score_tracks(rows, sound)
    assert (first.offset_frames, first.n_windows) == (0, 109)  # one window is left out
    assert (second.offset_frames, second.n_windows) == (-2, 99)  # its sound comes two frames late
    assert first.distance == pytest.approx(0.0, abs=1e-3) and first.confidence > 30.0
    assert score_tracks(rows[:0], sound) == []
    assert score_tracks(track_rows(0, 400, sound[:50]), sound) == []  # the sound ends before
