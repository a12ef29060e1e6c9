from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.synthetic.motion.actions import ARKIT_NAMES
from feed_dataset.synthetic.scene.cameras import studio_cameras
from feed_dataset.synthetic.takes.ground_truth import PART_NAMES, GroundTruth, GroundTruthError, recipe_of

T = 7


@pytest.fixture
def truth() -> GroundTruth:
    rng = np.random.default_rng(0)
    cameras = studio_cameras(512, 512)
    return GroundTruth(
        subject="S01",
        stem="random",
        fps=25.0,
        coefficients=rng.uniform(0, 1.2, (T, 52)).astype(np.float32),
        coefficient_names=ARKIT_NAMES,
        head_pose=rng.normal(size=(T, 4, 4)).astype(np.float32),
        head_deg=rng.normal(size=(T, 3)).astype(np.float32),
        gaze_deg=rng.normal(size=(T, 2)).astype(np.float32),
        tongue=np.zeros((T, 5), np.float32),
        visemes=("sil", "aa", "aa", "PP", "sil", "U", "sil"),
        items=("neutral",) + ("scream",) * 6,
        landmarks_world=rng.uniform(-2.5, 2.5, (T, 478, 3)).astype(np.float32),
        cameras=cameras,
        part_masks={name: rng.integers(0, 18, (T, 16, 16), dtype=np.uint8) for name in cameras},
        recipe="test",
    )


def test_round_trip(truth: GroundTruth, tmp_path: Path) -> None:
    truth.save(tmp_path / "x.npz")
    read = GroundTruth.load(tmp_path / "x.npz")
    assert (read.subject, read.stem, read.fps, read.recipe) == ("S01", "random", 25.0, "test")
    assert read.visemes == truth.visemes and read.items == truth.items and len(read) == T
    assert read.coefficient_names == ARKIT_NAMES
    np.testing.assert_allclose(read.coefficients, truth.coefficients, atol=4e-5)
    for name in ("head_pose", "head_deg", "gaze_deg", "tongue"):
        np.testing.assert_array_equal(getattr(read, name), getattr(truth, name))
    for camera in "CLR":
        np.testing.assert_array_equal(read.masks(camera), truth.masks(camera))
        np.testing.assert_array_equal(read.cameras[camera].intrinsics, truth.cameras[camera].intrinsics)
        np.testing.assert_array_equal(read.cameras[camera].rotation, truth.cameras[camera].rotation)
        error_px = np.abs(read.landmarks_px(camera) - truth.landmarks_px(camera)).max()
        assert error_px < 0.05, "landmarks keep a twentieth of a pixel"
    assert recipe_of(tmp_path / "x.npz") == "test"


def test_equal_truth_gives_equal_bytes(truth: GroundTruth, tmp_path: Path) -> None:
    truth.save(tmp_path / "a.npz")
    truth.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_shapes_of_what_is_derived(truth: GroundTruth) -> None:
    assert truth.landmarks_px("C").shape == (T, 478, 2)
    assert truth.landmarks68_px("L").shape == (T, 68, 2)
    with pytest.raises(KeyError, match="'X'"):
        truth.masks("X")
    assert PART_NAMES[0] == "background" and len(PART_NAMES) == 18


def test_landmarks_too_far_away_are_refused(truth: GroundTruth, tmp_path: Path) -> None:
    far = replace(truth, landmarks_world=truth.landmarks_world * 10)
    with pytest.raises(ValueError, match="within 3.2 dm"):
        far.save(tmp_path / "x.npz")
    assert not list(tmp_path.iterdir()), "nothing half-written stays"


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04broken"])
def test_broken_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(GroundTruthError, match="x.npz"):
        GroundTruth.load(tmp_path / "x.npz")
    assert recipe_of(tmp_path / "x.npz") is None
    with pytest.raises(GroundTruthError, match="does not exist"):
        GroundTruth.load(tmp_path / "gone.npz")


def test_truncated_file(truth: GroundTruth, tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    truth.save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(GroundTruthError):
        GroundTruth.load(path)


def test_other_format_is_named(truth: GroundTruth, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", format=np.array(99))
    with pytest.raises(GroundTruthError, match="format"):
        GroundTruth.load(tmp_path / "x.npz")
