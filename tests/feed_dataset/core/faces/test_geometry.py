from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from feed_dataset.core.faces.geometry import euler_deg, face_box, head_rotation, rotation_from_euler_deg, template

ANGLES = np.random.default_rng(5).uniform([-80, -60, -70], [80, 60, 70], size=(40, 3))


def as_landmarks(rotations: np.ndarray, scale_px: float = 90.0) -> np.ndarray:
    """What a perfect, orthographic network would return for the template in these poses."""
    points = template()[0] @ np.swapaxes(rotations, -1, -2)
    return points * np.array([1, -1, -1]) * scale_px + np.array([250, 800, 30])


def test_angles_round_trip() -> None:
    np.testing.assert_allclose(euler_deg(rotation_from_euler_deg(ANGLES)), ANGLES, atol=1e-9)


@pytest.mark.parametrize(
    ("angles", "axis", "expected"),
    [
        ((90, 0, 0), (0, 0, 1), (1, 0, 0)),  # yaw: the nose goes to the subject's left
        ((0, 90, 0), (0, 0, 1), (0, -1, 0)),  # pitch: the nose goes down
        ((0, 0, 90), (0, -1, 0), (-1, 0, 0)),  # roll: the chin goes to the subject's right
    ],
)
def test_directions(angles: tuple[int, ...], axis: tuple[int, ...], expected: tuple[int, ...]) -> None:
    np.testing.assert_allclose(rotation_from_euler_deg(np.array(angles)) @ axis, expected, atol=1e-12)


def test_rotation_is_recovered_whatever_scale_and_place() -> None:
    rotations = rotation_from_euler_deg(ANGLES)
    for scale_px in (3.0, 90.0, 900.0):
        np.testing.assert_allclose(head_rotation(as_landmarks(rotations, scale_px)), rotations, atol=1e-6)


def test_rotations_are_proper_even_for_mirrored_points() -> None:
    points = as_landmarks(rotation_from_euler_deg(ANGLES)) * np.array([-1, 1, 1])
    np.testing.assert_allclose(np.linalg.det(head_rotation(points)), 1.0)


def test_an_open_mouth_turns_the_head_little() -> None:
    points = as_landmarks(np.eye(3))
    lower_face = template()[0][:, 1] < 6.6
    points[lower_face, 1] += 25  # a wide open jaw at 90 px per dm
    assert abs(euler_deg(head_rotation(points))[1]) < 4


def test_missing_frames_stay_missing() -> None:
    points = as_landmarks(rotation_from_euler_deg(ANGLES[:3]))
    points[1, 7] = np.nan
    valid = np.isfinite(head_rotation(points)).all(axis=(1, 2))
    assert valid.tolist() == [True, False, True]
    assert np.isnan(face_box(points)[1]).any()


def test_a_face_of_a_long_video_is_fitted_as_if_it_were_alone() -> None:
    """Videos are fitted in blocks: where one ends decides nothing, and one without any face is no error."""
    rng = np.random.default_rng(0)
    points = (template()[0] * [1, -1, -1] + rng.normal(0, 0.05, (1030, 468, 3))).astype(np.float32)
    points[5] = points[512:1024] = np.nan
    found = head_rotation(points)
    for frame in (0, 5, 511, 512, 1023, 1024, 1029):
        np.testing.assert_array_equal(found[frame], head_rotation(points[frame]))
    assert np.isfinite(found).all(axis=(1, 2)).sum() == 1030 - 513


def test_fitting_a_long_video_takes_less_memory_than_its_points() -> None:
    points = np.tile((template()[0] * [1, -1, -1]).astype(np.float32), (8192, 1, 1))
    tracemalloc.start()
    try:
        head_rotation(points)
        assert tracemalloc.get_traced_memory()[1] < points.nbytes
    finally:
        tracemalloc.stop()


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected landmarks \[..., 468, 3\] but got \[68, 2\]"):
        head_rotation(np.zeros((68, 2)))


def test_face_box() -> None:
    box = face_box(np.array([[1.0, 5.0, 9.0], [4.0, 2.0, 9.0]]))
    assert box.tolist() == [1, 2, 4, 5]


def test_the_template_is_a_face() -> None:
    points, weights = template()
    assert points.shape == (468, 3) and weights.shape == (468,)
    left_eye, right_eye, nose, chin, forehead = points[[263, 33, 1, 152, 10]]
    assert left_eye[0] > 0 > right_eye[0]
    assert forehead[1] > left_eye[1] > nose[1] > chin[1]
    assert nose[2] > max(left_eye[2], chin[2], forehead[2])
    assert set(np.unique(weights).round(3)) == {0.2, 1.0}
