"""Frames to lip features: windows, missing faces, batching, frame rates."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from benchmark.features.lip_sync.boxes import SyncBox, crop_face, sync_box
from benchmark.features.lip_sync.lips import LipSession
from benchmark.features.lip_sync.timing import frames_at_25
from benchmark.features.types.extractor import Batch


class MeanColours:
    """Stands for the network: a window's feature is the sum of its five crops' mean colours, and what was asked."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def lip(self, crops: np.ndarray) -> np.ndarray:
        assert crops.dtype == np.uint8 and crops.shape[1:] == (224, 224, 3)
        self.sizes.append(len(crops))
        colours = crops.mean(axis=(1, 2))
        out = np.zeros((max(0, len(crops) - 4), 1024), np.float32)
        for window in range(len(out)):
            out[window, :3] = colours[window : window + 5].sum(axis=0)
        return out


def _clip(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames of one colour each and a face that fills them."""
    frames = np.zeros((count, 64, 64, 3), np.uint8)
    frames[:] = np.random.default_rng(0).integers(0, 256, (count, 1, 1, 3))
    landmarks = np.random.default_rng(1).uniform(20, 44, (1, 468, 3)).astype(np.float32)
    return frames, np.repeat(landmarks, count, axis=0)


def _run(frames: np.ndarray, landmarks: np.ndarray, fps: Fraction, batch: int) -> tuple[np.ndarray, MeanColours]:
    network = MeanColours()
    session = LipSession(network, np.arange(len(frames)) / float(fps))  # type: ignore[arg-type]
    for start in range(0, len(frames), batch):
        session.push(Batch(frames[start : start + batch], landmarks[start : start + batch], start))
    return session.finish(), network


def _expected(frames: np.ndarray, landmarks: np.ndarray, fps: Fraction) -> np.ndarray:
    indices = frames_at_25(np.arange(len(frames)) / float(fps))
    box = SyncBox(*sync_box(landmarks[0]))
    colours = np.stack([crop_face(frames[index], box).mean(axis=(0, 1)) for index in indices])
    return np.stack([colours[window : window + 5].sum(axis=0) for window in range(len(indices) - 4)])


@pytest.mark.parametrize("count", [5, 6, 20, 21, 47])
@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30), Fraction(1350, 61)])
def test_every_window_in_order_and_none_dropped(count: int, fps: Fraction) -> None:
    frames, landmarks = _clip(count)
    rows, _ = _run(frames, landmarks, fps, 7)
    expected = _expected(frames, landmarks, fps)
    assert rows.shape == (len(expected), 1024)
    np.testing.assert_allclose(rows[:, :3], expected, rtol=1e-5)


def test_batches_do_not_matter_and_memory_is_bounded() -> None:
    frames, landmarks = _clip(60)
    one, network = _run(frames, landmarks, Fraction(25), 1)
    for batch in (13, 60):
        np.testing.assert_array_equal(_run(frames, landmarks, Fraction(25), batch)[0], one)
    assert network.sizes == [20, 20, 20, 12]  # 16 windows at a time


def test_windows_without_a_face_are_nan() -> None:
    frames, landmarks = _clip(30)
    landmarks[12] = np.nan
    rows, _ = _run(frames, landmarks, Fraction(25), 8)
    missing = np.isnan(rows).all(axis=1)
    assert np.flatnonzero(missing).tolist() == [8, 9, 10, 11, 12]
    assert np.isfinite(rows[~missing]).all()


def test_no_face_at_all() -> None:
    frames, landmarks = _clip(10)
    rows, _ = _run(frames, np.full_like(landmarks, np.nan), Fraction(25), 4)
    assert rows.shape == (6, 1024) and np.isnan(rows).all()


@pytest.mark.parametrize("count", [0, 1, 4])
def test_clips_shorter_than_a_window_have_no_rows(count: int) -> None:
    assert _run(*_clip(count), Fraction(25), 4)[0].shape == (0, 1024)


def test_slow_videos_are_not_looked_at() -> None:
    rows, network = _run(*_clip(40), Fraction(12), 8)
    assert rows.shape == (0, 1024) and network.sizes == []
