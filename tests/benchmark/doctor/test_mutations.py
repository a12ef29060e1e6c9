"""Each mutation does what its name says, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.doctor import mutations
from benchmark.doctor.altered import latents
from benchmark.metrics import conditions as on


@pytest.fixture
def frames() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, 32, 40, 3), dtype=np.uint8)


def test_frames_move_as_named(frames: np.ndarray) -> None:
    assert (mutations.still(frames) == frames[0]).all()
    assert (mutations.mirrored(mutations.mirrored(frames)) == frames).all()
    late = mutations.delayed(frames, 3)
    assert (late[3:] == frames[:-3]).all()
    assert (late[:4] == frames[0]).all()
    mixed = mutations.shuffled(frames)
    assert (mixed[0] == frames[0]).all()
    assert sorted(frame.tobytes() for frame in mixed) == sorted(frame.tobytes() for frame in frames)
    assert not (mixed == frames).all()
    assert mutations.blurred(frames).std() < frames.std()


def test_a_frozen_mouth_leaves_the_rest_alone() -> None:
    frames = np.zeros((3, 128, 128, 3), np.uint8)
    frames[:, 80:112] = np.array([50, 100, 150])[:, None, None, None]  # the mouth's part changes
    points = np.zeros((468, 3), np.float32)
    points[[33, 133, 362, 263, 6, 168], :2] = [[40, 40], [55, 40], [73, 40], [88, 40], [64, 45], [64, 40]]
    points[[61, 291, 0, 17, 152], :2] = [[52, 92], [76, 92], [64, 88], [64, 97], [64, 112]]
    out = mutations.frozen_mouth(frames, np.repeat(points[None], 3, axis=0))
    assert (out[0] == frames[0]).all()
    assert (out[:, 92, 64] == 50).all()
    assert (out[1:, :60] == frames[1:, :60]).all()
    assert (out[2, 90, 5] == 150).all()


@pytest.mark.parametrize("shift", [0, 5, -5, 500, -500])
def test_sound_is_shifted_by_whole_samples(shift: int) -> None:
    samples = np.arange(1, 101, dtype=np.float32)
    out = mutations.shifted_sound(samples, shift)
    assert len(out) == len(samples)
    for index, value in enumerate(out):
        source = index - shift
        assert value == (samples[source] if 0 <= source < len(samples) else 0)


def test_latents_are_as_spread_as_named() -> None:
    isotropic = np.concatenate([latents(on.ISOTROPIC, seed) for seed in range(3)])
    collapsed = np.concatenate([latents(on.COLLAPSED, seed) for seed in range(3)])
    assert np.linalg.matrix_rank(isotropic) == 8
    assert np.linalg.matrix_rank(collapsed, tol=1e-3) == 1
