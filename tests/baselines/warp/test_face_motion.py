"""A source's landmarks move by the driver's turn, shift, growth and change of shape."""

from __future__ import annotations

import numpy as np
import pytest

from baselines.warp.face_motion import moved_as, placed
from feed_dataset.core.faces.geometry import rotation_from_euler_deg, template

TO_PX = np.array([1.0, -1.0, -1.0])


def face(
    scale_px: float,
    centre_px: tuple[float, float],
    euler_deg: tuple[float, float, float] = (0, 0, 0),
    change: float = 0,
) -> np.ndarray:  # float64 [468, 3]
    """The template in pixels, its stable points' middle at the centre; `change` lowers the chin, in dm."""
    canonical, weights = template()
    points = canonical - weights @ canonical / weights.sum()
    points[152, 1] -= change
    turned = points @ rotation_from_euler_deg(np.array(euler_deg)).T
    return np.asarray((scale_px * turned) * TO_PX + [*centre_px, 0.0])


def test_a_still_driver_leaves_the_source() -> None:
    source, driver = face(100, (128, 120)), face(60, (90, 100), (5, 3, -2))
    assert moved_as(source, driver[None], driver)[0] == pytest.approx(source, abs=1e-9)


def test_the_head_turns_shifts_and_grows_as_the_driver_does() -> None:
    source, neutral = face(100, (128, 120)), face(50, (100, 100))
    moved = face(60, (110, 95), (20, -10, 8))
    expected = face(120, (148, 110), (20, -10, 8))  # 10 px of a head half as large are 20 px
    assert moved_as(source, moved[None], neutral)[0] == pytest.approx(expected, abs=1e-6)


def test_the_turn_adds_to_that_of_the_source() -> None:
    source, neutral = face(100, (128, 120), (10, 0, 0)), face(50, (100, 100))
    moved = face(50, (100, 100), (15, 0, 0))
    assert moved_as(source, moved[None], neutral)[0] == pytest.approx(face(100, (128, 120), (25, 0, 0)), abs=1e-6)


def test_a_given_pose_is_how_the_head_stands_and_the_driver_moves_the_rest() -> None:
    source, neutral = face(100, (128, 120), (-30, 0, 0)), face(50, (100, 100))
    moved = face(60, (110, 95), (20, -10, 8), change=0.2)
    pose = rotation_from_euler_deg(np.array((35, 4, -6)))
    found = moved_as(source, moved[None], neutral, pose[None])[0]
    assert placed(found).rotation == pytest.approx(pose, abs=1e-3)
    expected = face(120, (148, 110), (35, 4, -6), change=0.2)
    assert found == pytest.approx(expected, abs=0.5)


def test_the_face_changes_in_its_own_axes() -> None:
    source, neutral = face(100, (128, 120)), face(50, (100, 100), (0, 0, 30))
    moved = face(50, (100, 100), (0, 0, 30), change=0.2)
    chin = moved_as(source, moved[None], neutral)[0][152] - source[152]
    assert chin[1] == pytest.approx(20, rel=0.05) and abs(chin[0]) < 1, "down along the source's face, not the driver's"


def test_a_frame_without_a_face_stays_unknown() -> None:
    source, driver = face(100, (128, 120)), face(60, (90, 100))
    out = moved_as(source, np.stack([np.full_like(driver, np.nan), driver]), driver)
    assert np.isnan(out[0]).all() and np.isfinite(out[1]).all()
    assert np.isnan(moved_as(source, np.full((2, 468, 3), np.nan), driver)).all()


def test_shape_does_not_depend_on_where_the_head_is() -> None:
    a, b = placed(face(100, (128, 120))), placed(face(37, (10, 20), (25, -12, 6)))
    assert a.shape == pytest.approx(b.shape, abs=1e-9)
    assert a.scale_px / b.scale_px == pytest.approx(100 / 37)
