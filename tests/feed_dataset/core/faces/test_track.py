from __future__ import annotations

import cv2
import numpy as np
import pytest

from feed_dataset.core.faces import FaceNetworks, euler_deg, find_face, head_rotation, track_faces
from feed_dataset.core.faces.track import NO_FACE
from tests.feed_dataset.core.faces.conftest import similarity, warp

CENTRE = (267.0, 240.0)
EYES = (33, 263)


@pytest.fixture(scope="module")
def reference(networks: FaceNetworks, photo: np.ndarray) -> np.ndarray:
    result, reason = find_face(photo, networks)
    assert result is not None and reason is None and result.presence > 0.99
    return result.points_px


def eye_distance(points: np.ndarray) -> float:
    return float(np.linalg.norm(points[EYES[0], :2] - points[EYES[1], :2]))


def test_landmarks_are_on_the_features(reference: np.ndarray) -> None:
    """Hand-measured places in the photograph."""
    places = {33: (200, 193), 263: (326, 188), 1: (268, 243), 61: (233, 276), 291: (302, 272)}
    for index, place in places.items():
        assert np.linalg.norm(reference[index, :2] - place) < 12, index


@pytest.mark.parametrize("angle_deg", [-60, -30, -10, 15, 45])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.6])
def test_landmarks_follow_the_image(
    networks: FaceNetworks, photo: np.ndarray, reference: np.ndarray, angle_deg: float, scale: float
) -> None:
    affine = similarity(angle_deg, scale, CENTRE, (400, 400))
    result, reason = find_face(warp(photo, affine, (800, 800)), networks)
    assert result is not None, reason
    expected = reference[:, :2] @ affine[:, :2].T + affine[:, 2]
    error = np.linalg.norm(result.points_px[:, :2] - expected, axis=1) / (eye_distance(reference) * scale)
    assert error.mean() < 0.035
    # z has the scale of x and y
    spread = np.ptp(result.points_px[:, 2]) / np.ptp(reference[:, 2])
    assert spread == pytest.approx(scale, rel=0.15)
    # Roll is the angle of the image: clockwise on the screen moves the chin to the subject's right.
    turned = euler_deg(head_rotation(np.stack([reference, result.points_px])))
    assert turned[1, 2] - turned[0, 2] == pytest.approx(angle_deg, abs=3)


def test_a_mirrored_face_turns_the_other_way(networks: FaceNetworks, photo: np.ndarray, reference: np.ndarray) -> None:
    result, _ = find_face(np.ascontiguousarray(photo[:, ::-1]), networks)
    assert result is not None
    straight, mirrored = euler_deg(head_rotation(np.stack([reference, result.points_px])))
    assert mirrored[0] == pytest.approx(-straight[0], abs=3)
    assert mirrored[1] == pytest.approx(straight[1], abs=3)
    assert mirrored[2] == pytest.approx(-straight[2], abs=2)


def moving(photo: np.ndarray, count: int) -> np.ndarray:
    return np.stack(
        [warp(photo, similarity(4.0 * i, 0.6, CENTRE, (140 + 4 * i, 150)), (320, 320)) for i in range(count)]
    )


def test_a_still_clip_has_still_landmarks(networks: FaceNetworks, photo: np.ndarray, reference: np.ndarray) -> None:
    track = track_faces(np.stack([photo] * 6), networks=networks)
    assert track.valid.all() and track.reasons == (None,) * 6
    np.testing.assert_array_equal(track.landmarks_px[0], reference)
    drift = np.linalg.norm(track.landmarks_px[1:, :, :2] - reference[:, :2], axis=2)
    assert drift.mean() < 0.01 * eye_distance(reference)


def test_following_agrees_with_detecting_each_frame(networks: FaceNetworks, photo: np.ndarray) -> None:
    clip = moving(photo, 8)
    track = track_faces(clip, networks=networks)
    for frame, points in zip(clip, track.landmarks_px, strict=True):
        single, _ = find_face(frame, networks)
        assert single is not None
        distance = np.linalg.norm(single.points_px[:, :2] - points[:, :2], axis=1).mean()
        assert distance < 0.03 * eye_distance(points)


def test_a_loss_is_named_and_recovered_from(networks: FaceNetworks, photo: np.ndarray) -> None:
    clip = moving(photo, 7)
    clip[2:4] = 0
    track = track_faces(clip, networks=networks)
    assert track.valid.tolist() == [True, True, False, False, True, True, True]
    assert track.reasons[2] == NO_FACE and np.isnan(track.landmarks_px[2:4]).all()


def test_repeatable_on_any_number_of_threads(networks: FaceNetworks, photo: np.ndarray) -> None:
    clip = moving(photo, 4)
    threads = cv2.getNumThreads()
    runs = []
    try:
        for count in (1, 2, 1):
            cv2.setNumThreads(count)
            runs.append(track_faces(iter(clip), networks=networks).landmarks_px)
    finally:
        cv2.setNumThreads(threads)
    np.testing.assert_array_equal(runs[0], runs[2])
    np.testing.assert_array_equal(runs[0], runs[1])


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_not_a_face(networks: FaceNetworks, seed: int) -> None:
    """The detector alone may fire on noise; the mesh network then says that there is no face."""
    image = np.random.default_rng(seed).integers(0, 256, (256, 320, 3), dtype=np.uint8)
    result, reason = find_face(image, networks)
    assert result is None and reason is not None


def test_no_frames_and_no_faces(networks: FaceNetworks) -> None:
    empty = track_faces(np.zeros((0, 64, 64, 3), np.uint8), networks=networks)
    assert empty.landmarks_px.shape == (0, 468, 3) and empty.valid.shape == (0,)
    seen: list[int] = []
    blank = track_faces(np.zeros((3, 64, 64, 3), np.uint8), networks=networks, progress=seen.append)
    assert blank.reasons == (NO_FACE,) * 3 and seen == [1, 2, 3]
    assert blank.landmarks_px.dtype == np.float32 and np.isnan(blank.landmarks_px).all()
