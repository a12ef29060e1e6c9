from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.core.faces import FaceNetworks
from feed_dataset.core.faces.detector import LEFT_EYE, MOUTH, NOSE_TIP, RIGHT_EYE, anchors, decode, suppress
from tests.feed_dataset.core.faces.conftest import similarity, warp


def candidate(x0: float, y0: float, side: float) -> np.ndarray:
    corners = np.array([[x0, y0], [x0 + side, y0 + side]])
    return np.concatenate([corners, np.full((6, 2), x0)])


def test_anchors_are_the_networks_own() -> None:
    places = anchors()
    assert places.shape == (896, 2)  # 16 x 16 cells x 2 + 8 x 8 cells x 6
    np.testing.assert_allclose(places[[0, 1, 2, 512, 517, 518], 0] * 32, [1, 1, 3, 2, 2, 6])
    np.testing.assert_allclose(places[[0, 31, 32, 511, 512, 895], 1] * 32, [1, 1, 3, 31, 2, 30])


def test_decoding() -> None:
    raw = np.zeros((1, 8, 2), np.float32)
    raw[0, 0], raw[0, 1], raw[0, 2] = (12.8, 0), (64, 32), (-12.8, 6.4)
    points = decode(raw, np.array([[0.5, 0.5]]))[0]
    np.testing.assert_allclose(points[:3], [[0.35, 0.375], [0.85, 0.625], [0.4, 0.55]], atol=1e-6)


def test_suppression_merges_one_face_and_keeps_two() -> None:
    points = np.stack([candidate(10, 10, 20), candidate(12, 10, 20), candidate(100, 10, 20)])
    faces = suppress(points, np.array([0.6, 0.9, 0.7]))
    assert [round(face.score, 2) for face in faces] == [0.9, 0.7]
    assert faces[0].box_px[0] == pytest.approx((0.9 * 12 + 0.6 * 10) / 1.5)


def test_suppression_drops_inverted_boxes() -> None:
    assert suppress(candidate(10, 10, -5)[None], np.array([0.9])) == []


def test_finds_the_face_of_the_photograph(networks: FaceNetworks, photo: np.ndarray) -> None:
    (face,) = networks.detector(photo)
    assert face.score > 0.8
    x0, y0, x1, y1 = face.box_px
    assert 150 < x0 < 190 and 120 < y0 < 170 and 340 < x1 < 390 and 320 < y1 < 360
    points = face.keypoints_px
    assert points[RIGHT_EYE, 0] < points[NOSE_TIP, 0] < points[LEFT_EYE, 0]
    assert points[LEFT_EYE, 1] < points[NOSE_TIP, 1] < points[MOUTH, 1]


@pytest.mark.parametrize(
    ("height", "width", "scale"), [(600, 512, 1), (300, 1200, 0.5), (2160, 3840, 2), (1500, 300, 0.5)]
)
def test_any_size_and_shape(networks: FaceNetworks, photo: np.ndarray, height: int, width: int, scale: float) -> None:
    affine = similarity(0, scale, (267, 240), (width / 2, height / 2))
    reference = networks.detector(photo)[0].keypoints_px @ affine[:, :2].T + affine[:, 2]
    faces = networks.detector(warp(photo, affine, (width, height)))
    assert faces
    assert np.abs(faces[0].keypoints_px - reference).max() < 22 * scale  # 200 px face, 128 px input


def test_a_small_face_is_found_in_a_part_of_the_image(networks: FaceNetworks, photo: np.ndarray) -> None:
    canvas = np.full((1000, 1600, 3), 90, np.uint8)
    canvas[600:738, 1200:1318] = warp(photo, similarity(0, 0.23, (0, 0), (0, 0)), (118, 138))
    faces = networks.detector(canvas)
    assert faces and 1200 < faces[0].keypoints_px[NOSE_TIP, 0] < 1318


def test_two_faces_larger_first(networks: FaceNetworks, photo: np.ndarray) -> None:
    small = warp(photo, similarity(0, 0.6, (0, 0), (0, 0)), (307, 360))
    canvas = np.full((600, 819, 3), 120, np.uint8)
    canvas[:360, :307] = small
    canvas[:, 307:] = photo
    faces = networks.detector(canvas)
    assert len(faces) == 2
    assert faces[0].box_px[0] > 307 > faces[1].box_px[2]


@pytest.mark.parametrize("kind", ["black", "white", "gradient"])
def test_no_face_is_an_empty_list(networks: FaceNetworks, kind: str) -> None:
    image = {
        "black": np.zeros((256, 256, 3), np.uint8),
        "white": np.full((300, 200, 3), 255, np.uint8),
        "gradient": np.repeat(np.linspace(0, 255, 256).astype(np.uint8)[None, :, None], 256, 0).repeat(3, 2),
    }[kind]
    assert networks.detector(image) == []


def test_tiny_images_are_survived(networks: FaceNetworks) -> None:
    for shape in ((1, 1, 3), (2, 300, 3), (5, 5, 3)):
        assert networks.detector(np.zeros(shape, np.uint8)) == []


@pytest.mark.parametrize("shape", [(64, 64), (64, 64, 4), (1, 64, 64, 3)])
def test_other_arrays_are_refused(networks: FaceNetworks, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected a uint8"):
        networks.detector(np.zeros(shape, np.uint8))
