from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feed_dataset.core.faces import FaceEmbedder, FaceNetworks, find_face
from feed_dataset.core.faces.dlib_resnet import DlibFaceResNet
from feed_dataset.core.faces.embed import EMBEDDER_WEIGHTS, face_chip, similarity
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.weights import resolve
from tests.feed_dataset.core.faces.conftest import similarity as affine_similarity
from tests.feed_dataset.core.faces.conftest import warp


@pytest.fixture(scope="module")
def landmarks(networks: FaceNetworks, photo: np.ndarray) -> np.ndarray:
    result, reason = find_face(photo, networks)
    assert result is not None, reason
    return result.points_px


def test_the_network_is_dlibs(embedder: FaceEmbedder, photo: np.ndarray, landmarks: np.ndarray) -> None:
    """The reference implementation on the same chips: a face, noise, and flat grey."""
    dlib = pytest.importorskip("dlib", reason="the reference dlib is not installed")
    noise = np.random.default_rng(3).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    chips = np.stack([face_chip(photo, landmarks), noise, np.full_like(noise, 128)])
    reference = dlib.face_recognition_model_v1(str(resolve(EMBEDDER_WEIGHTS)))
    expected = np.array([reference.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in chips])
    np.testing.assert_allclose(embedder.embed_chips(chips), expected, atol=2e-5)


def test_the_chip_is_dlibs(photo: np.ndarray, landmarks: np.ndarray) -> None:
    """dlib's own alignment of the same five points shows the same picture."""
    dlib = pytest.importorskip("dlib", reason="the reference dlib is not installed")
    five = [dlib.point(*(int(v) for v in landmarks[i, :2].round())) for i in (263, 362, 33, 133, 2)]
    shape = dlib.full_object_detection(dlib.rectangle(168, 143, 366, 342), five)
    expected = dlib.get_face_chip(photo, shape, size=150, padding=0.25).astype(float)
    chip = face_chip(photo, landmarks).astype(float)
    assert np.corrcoef(chip.ravel(), expected.ravel())[0, 1] > 0.99
    assert np.abs(chip - expected).mean() < 4


def test_alignment_puts_the_eyes_in_place(photo: np.ndarray, landmarks: np.ndarray) -> None:
    """A chip of the rotated and scaled photograph is the chip of the photograph."""
    affine = affine_similarity(30, 1.5, (267, 240), (450, 450))
    moved = landmarks.copy()
    moved[:, :2] = landmarks[:, :2] @ affine[:, :2].T + affine[:, 2]
    one = face_chip(photo, landmarks).astype(float)
    other = face_chip(warp(photo, affine, (900, 900)), moved).astype(float)
    assert np.abs(one - other)[20:130, 20:130].mean() < 5


def test_identity_survives_size_and_rotation(
    embedder: FaceEmbedder, networks: FaceNetworks, photo: np.ndarray, landmarks: np.ndarray
) -> None:
    own = embedder(photo[None], landmarks[None])[0]
    for angle_deg, scale in ((25, 1.0), (-40, 0.6), (0, 0.4), (10, 1.8)):
        image = warp(photo, affine_similarity(angle_deg, scale, (267, 240), (450, 450)), (900, 900))
        result, reason = find_face(image, networks)
        assert result is not None, reason
        other = embedder(image[None], result.points_px[None])[0]
        assert np.linalg.norm(own - other) < 0.35  # dlib's threshold for the same person is 0.6


def test_missing_faces_are_nan_and_batching_changes_nothing(
    embedder: FaceEmbedder, photo: np.ndarray, landmarks: np.ndarray
) -> None:
    frames = np.stack([photo, photo, photo[:, ::-1]])
    mirrored = landmarks.copy()
    mirrored[:, 0] = photo.shape[1] - 1 - mirrored[:, 0]
    points = np.stack([landmarks, np.full_like(landmarks, np.nan), mirrored])
    out = embedder(frames, points)
    assert out.shape == (3, 128) and out.dtype == np.float32
    assert np.isnan(out[1]).all() and np.isfinite(out[[0, 2]]).all()
    np.testing.assert_allclose(out[0], embedder(frames[:1], points[:1])[0], atol=1e-6)
    with pytest.raises(ValueError, match="expected landmarks of 3 frames but got 2"):
        embedder(frames, points[:2])


def test_similarity_is_recovered() -> None:
    points = np.random.default_rng(0).normal(size=(5, 2))
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    scale, found, offset = similarity(points, 2.5 * points @ rotation.T + [3, -4])
    assert scale == pytest.approx(2.5)
    np.testing.assert_allclose(found, rotation, atol=1e-12)
    np.testing.assert_allclose(offset, [3, -4], atol=1e-12)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 100, b"\x01\x05con_4\x01\x02\x02\x80\x12"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.dat").write_bytes(content)
    with pytest.raises(FeedError, match="expected dlib's"):
        DlibFaceResNet.from_file(tmp_path / "net.dat")
