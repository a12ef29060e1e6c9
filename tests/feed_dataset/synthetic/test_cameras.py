"""Cameras: projection, look-at, crops and the studio."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from feed_dataset.synthetic.scene.cameras import STUDIO_TARGET_DM, Camera, studio_cameras, view_rotation


@pytest.fixture
def camera() -> Camera:
    return Camera.looking_at(np.array([0.0, 0.0, 10.0]), np.zeros(3), focal_px=200.0, width_px=80, height_px=60)


def test_project_known_points(camera: Camera) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 5]], float)
    expected = [
        [40, 30, 10],
        [60, 30, 10],
        [40, 10, 10],
        [40, 30, 5],
    ]  # x right, y up in the world, down in pixels
    np.testing.assert_allclose(camera.project(points), expected, atol=1e-12)


def test_project_keeps_leading_axes(camera: Camera) -> None:
    assert camera.project(np.zeros((4, 7, 3))).shape == (4, 7, 3)
    assert camera.project(np.zeros(3)).shape == (3,)


def test_eye_and_rotation() -> None:
    eye, target = np.array([3.0, 2.0, -4.0]), np.array([0.5, 0.0, 1.0])
    camera = Camera.looking_at(eye, target, 100.0, 64, 48)
    np.testing.assert_allclose(camera.eye, eye, atol=1e-12)
    np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(camera.rotation) == pytest.approx(1)
    np.testing.assert_allclose(camera.project(target)[:2], [32, 24], atol=1e-9)


def test_with_crop_maps_the_square_onto_the_picture(camera: Camera) -> None:
    crop = camera.with_crop(x0_px=20, y0_px=-10, side_px=40, size_px=128)
    assert (crop.width_px, crop.height_px) == (128, 128)
    points = np.random.default_rng(0).normal(size=(20, 3))
    before, after = camera.project(points), crop.project(points)
    np.testing.assert_allclose(after[:, 0], (before[:, 0] - 20) * 128 / 40)
    np.testing.assert_allclose(after[:, 1], (before[:, 1] + 10) * 128 / 40)
    np.testing.assert_allclose(after[:, 2], before[:, 2])


def test_resized_keeps_the_view(camera: Camera) -> None:
    point = np.array([0.4, -0.3, 1.0])
    half = camera.resized(40, 30)
    np.testing.assert_allclose(half.project(point)[:2], camera.project(point)[:2] / 2)


def test_studio_is_symmetric_and_looks_at_the_face() -> None:
    cameras = studio_cameras(96, 64)
    assert list(cameras) == ["C", "L", "R"]
    for camera in cameras.values():
        np.testing.assert_allclose(camera.project(np.array(STUDIO_TARGET_DM))[:2], [48, 32], atol=1e-9)
    left, right = cameras["L"].eye, cameras["R"].eye
    np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-12)
    assert left[0] > 0, "the left camera stands on the subject's left"
    assert cameras["C"].eye[0] == pytest.approx(0)
    points = np.random.default_rng(1).normal(size=(10, 3))
    mirrored = cameras["R"].project(points * [-1, 1, 1])
    np.testing.assert_allclose(96 - mirrored[:, 0], cameras["L"].project(points)[:, 0])


def test_studio_azimuth_is_a_parameter() -> None:
    eye = studio_cameras(64, 64, azimuth_deg=90.0)["L"].eye
    assert abs(eye[2] - STUDIO_TARGET_DM[2]) < 1e-9 < eye[0]


def test_studio_scale_follows_the_height() -> None:
    """Twice the pixels, twice the coordinates."""
    point = np.array([0.5, 0.5, 0.5])
    small, large = (studio_cameras(size, size)["L"].project(point)[:2] for size in (64, 128))
    np.testing.assert_allclose(small * 2, large)


@pytest.mark.parametrize(
    ("intrinsics", "rotation", "translation", "width", "message"),
    [
        (np.eye(4), np.eye(3), np.zeros(3), 8, "intrinsics"),
        (np.eye(3), np.eye(2), np.zeros(3), 8, "rotation"),
        (np.eye(3), np.eye(3), np.zeros((3, 1)), 8, "translation"),
        (np.eye(3), np.eye(3), np.zeros(3), 0, "1 x 1 px"),
    ],
)
def test_wrong_shapes_are_refused(
    intrinsics: np.ndarray, rotation: np.ndarray, translation: np.ndarray, width: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Camera(intrinsics, rotation, translation, width, 8)


def test_cameras_do_not_share_memory_with_their_arguments() -> None:
    intrinsics = np.eye(3)
    camera = Camera(intrinsics, np.eye(3), np.zeros(3), 8, 8)
    intrinsics[0, 0] = 5
    assert camera.intrinsics[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        camera.intrinsics[0, 0] = 5


def test_degenerate_views_are_refused(camera: Camera) -> None:
    with pytest.raises(ValueError, match="vertical"):
        view_rotation(np.array([0.0, 5.0, 0.0]), np.zeros(3))
    with pytest.raises(ValueError, match="positive crop"):
        camera.with_crop(0, 0, 0, 64)


def test_cameras_and_landmark_names_load_no_compiler() -> None:
    """Ground truth is read with these modules; only rendering may import numba."""
    modules = ("scene.cameras", "rig.landmarks", "scene.part_masks")
    code = "import sys\n" + "".join(f"import feed_dataset.synthetic.{name}\n" for name in modules)
    code += "sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
