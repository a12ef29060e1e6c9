"""The task file is checked before it is used; the networks on a picture of feed-mini."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmark.features.networks.blendshapes import (
    BLENDSHAPES_MEMBER,
    MESH_MEMBER,
    POINTS_READ,
    WEIGHTS_NAME,
    Landmarker,
)
from benchmark.metrics.blendshapes import EXPRESSIVE, NAMES, SIDED
from feed_dataset.core.jobs.errors import FeedError, WeightsUnavailable
from feed_dataset.synthetic.motion.actions import ARKIT_NAMES


@pytest.fixture(scope="module")
def landmarker() -> Landmarker:
    from feed_dataset.core.weights import resolve

    try:
        return Landmarker.from_file(resolve(WEIGHTS_NAME, fetch=False))
    except WeightsUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return np.random.default_rng(3).uniform(0, 256, (478, 3))


def test_names_are_arkits_without_the_tongue() -> None:
    assert NAMES == ("_neutral", *(name for name in ARKIT_NAMES if name != "tongueOut"))
    assert len(POINTS_READ) == len(set(POINTS_READ)) == 146
    assert (len(EXPRESSIVE), len(SIDED)) == (43, 16)


def task_with(folder: Path, **members: bytes) -> Path:
    path = folder / "face_landmarker.task"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.tflite", content)
    return path


MESH, SHAPES = MESH_MEMBER.removesuffix(".tflite"), BLENDSHAPES_MEMBER.removesuffix(".tflite")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "expected one face_landmarks_detector.tflite"),
        ({SHAPES: b"\0\0\0\0TFL3"}, "expected one face_landmarks_detector.tflite"),
        ({MESH: b"no network at all"}, "expected a TFLite network"),
        ({MESH: b"\0\0\0\0TFL3" + bytes(20 * 2**20)}, "expected at most 16777216 bytes"),
        ({MESH: b"\0\0\0\0TFL3 and nothing more"}, "expected a TFLite network but OpenCV cannot read"),
    ],
)
def test_bad_task_files_are_refused(tmp_path: Path, members: dict[str, bytes], message: str) -> None:
    with pytest.raises(FeedError, match=message):
        Landmarker.from_file(task_with(tmp_path, **members))


def test_no_zip_at_all(tmp_path: Path) -> None:
    path = tmp_path / "face_landmarker.task"
    path.write_bytes(b"\x80\x04 a pickle, say")
    with pytest.raises(FeedError, match="unreadable"):
        Landmarker.from_file(path)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = task_with(tmp_path, **{MESH: bytes(range(256)) * 40, SHAPES: b"x"})
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(FeedError, match="unreadable|TFLite"):
        Landmarker.from_file(path)


def test_coefficients_do_not_depend_on_place_and_size(landmarker: Landmarker, points: np.ndarray) -> None:
    values = landmarker.coefficients(points)
    assert values.shape == (52,) and values.min() >= 0 and values.max() <= 1
    np.testing.assert_allclose(landmarker.coefficients(points * 3 + [900, -40, 7]), values, atol=2e-4)


KNOWN = {
    "browDownRight": 0.3294, "eyeBlinkLeft": 0.4715, "eyeLookInRight": 0.4883, "eyeLookUpLeft": 0.5799,
    "eyeWideRight": 0.2100, "jawOpen": 0.1354, "mouthPressLeft": 0.5785, "mouthRollLower": 0.5738,
    "mouthSmileLeft": 0.6195, "mouthSmileRight": 0.3698,
}  # fmt: skip


def test_known_coefficients(landmarker: Landmarker, points: np.ndarray) -> None:
    """What LiteRT gives for the same input; tests/oracles compares all 52."""
    found = dict(zip(NAMES, landmarker.coefficients(points - [0.5, 0.5, 0]), strict=True))
    assert {name: float(found[name]) for name in KNOWN} == pytest.approx(KNOWN, abs=1e-3)


@pytest.fixture(scope="module")
def face() -> tuple[np.ndarray, np.ndarray]:
    """Two frames of feed-mini, the second without landmarks, and landmarks of the first."""
    from feed_dataset.core.faces import FaceNetworks, track_faces
    from feed_dataset.core.media.video import read_video
    from feed_dataset.synthetic.takes.settings import SUBJECTS

    try:
        networks = FaceNetworks.load()
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    clip = Path(__file__).parents[4] / "feed_dataset" / "mini" / SUBJECTS[0] / "FF_NR_C.mp4"
    frames = read_video(clip, max_frames=2).frames
    landmarks = track_faces(frames[:1], networks=networks).landmarks_px
    return frames, np.concatenate([landmarks, np.full_like(landmarks, np.nan)])


def test_points_lie_on_those_of_the_smaller_mesh(landmarker: Landmarker, face: tuple[np.ndarray, np.ndarray]) -> None:
    frames, landmarks = face
    found = landmarker.all_points_px(frames, landmarks)
    assert np.isnan(found[1]).all()
    iod_px = np.linalg.norm(landmarks[0, 33, :2] - landmarks[0, 263, :2])
    off = np.linalg.norm(found[0, :468, :2] - landmarks[0, :, :2], axis=1) / iod_px
    assert np.median(off) < 0.05
    iris = found[0, [468, 473], :2]
    assert np.linalg.norm(iris[0] - iris[1]) == pytest.approx(0.7 * iod_px, rel=0.15)


def test_the_mesh_runs_once_for_points_and_coefficients(
    landmarker: Landmarker, face: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames, landmarks = face
    fresh = Landmarker(landmarker._mesh, landmarker._blendshapes)
    first = fresh.all_points_px(frames, landmarks)
    monkeypatch.setattr(fresh, "_mesh", None)  # would fail if it were called again
    values = fresh.all_coefficients(frames, landmarks)
    assert np.isnan(values[1]).all()
    np.testing.assert_array_equal(values[0], fresh.coefficients(fresh.points_px(frames[0], landmarks[0])))
    first[:] = 0  # a result is the caller's own
    assert fresh.points_px(frames[0], landmarks[0]).any()


def test_another_picture_or_place_is_seen_anew(landmarker: Landmarker, face: tuple[np.ndarray, np.ndarray]) -> None:
    frames, landmarks = face
    here = landmarker.points_px(frames[0], landmarks[0])
    assert np.abs(landmarker.points_px(frames[0][::-1].copy(), landmarks[0]) - here).max() > 1
    moved = landmarks[0] + np.float32([20, 0, 0])
    assert np.abs(landmarker.points_px(frames[0], moved) - here).max() > 0.1
