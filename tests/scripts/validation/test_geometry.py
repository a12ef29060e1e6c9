"""The judge by geometry: flow on pictures whose motion is known, scores on landmarks whose motion is known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from feed_dataset.core.faces.crop import CropBox
from feed_dataset.core.faces.geometry import rotation_from_euler_deg, template
from feed_dataset.core.faces.mesh_indices import LEFT_EYE_OUTER, RIGHT_EYE_OUTER, UPPER_LIP_OUTER
from feed_dataset.synthetic.scene.cameras import Camera, studio_cameras
from feed_dataset.synthetic.scene.types import Expression
from scripts.validation.geometry_flow import Tracked, follow, structure
from scripts.validation.geometry_scores import chosen_points, fit_rigid, motion_of, outer_eyes_px, scores, transfers
from scripts.validation.geometry_truth import Truth, covered, draw, faces_camera, late, truth_in_crop, weakened

SIZE_PX = 160
GRID = np.stack(np.meshgrid(np.arange(50.0, 111, 10), np.arange(50.0, 111, 10)), axis=-1).reshape(-1, 2)


def texture(seed: int = 0) -> np.ndarray:
    """A smooth random picture uint8 [160, 160, 3]."""
    noise = np.random.default_rng(seed).normal(0, 1, (SIZE_PX, SIZE_PX)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.repeat(np.clip(128 + 40 * smooth / smooth.std(), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def moved(image: np.ndarray, affine: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(image, affine, (SIZE_PX, SIZE_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


@pytest.mark.parametrize(
    "affine",
    [
        np.array([[1.0, 0, 0], [0, 1, 0]]),
        np.array([[1.0, 0, 4.5], [0, 1, -2.5]]),
        cv2.getRotationMatrix2D((79.5, 79.5), 18.0, 1.05),
    ],
    ids=["still", "shifted", "turned"],
)
def test_flow_finds_a_known_motion(affine: np.ndarray) -> None:
    image = texture()
    found = follow(image, moved(image, affine)[None], GRID, tolerance_px=1.0)
    assert found.confirmed.all()
    error = np.linalg.norm(found.points_px[0] - (GRID @ affine[:, :2].T + affine[:, 2]), axis=1)
    assert error.mean() < 0.35 and error.max() < 1.0


def test_flow_to_another_picture_is_not_confirmed() -> None:
    found = follow(texture(), texture(1)[None], GRID, tolerance_px=1.0)
    assert found.confirmed.mean() < 0.5


def test_frames_of_another_size() -> None:
    with pytest.raises(ValueError, match=r"expected frames of \[160, 160, 3\] but got \[80, 80, 3\]"):
        follow(texture(), texture()[None, ::2, ::2], GRID, 1.0)


def test_the_points_with_most_structure_are_chosen_among_the_visible() -> None:
    image = texture()
    image[:, :80] = 128
    visible = np.ones(len(GRID), dtype=bool)
    visible[-7:] = False
    chosen = chosen_points(image, GRID, visible)
    assert chosen.sum() == 21
    assert not chosen[-7:].any() and (GRID[chosen, 0] >= 80).all()
    assert structure(image, GRID)[GRID[:, 0] < 70].max() == 0


CAMERA = studio_cameras(256, 256)["C"]
TURNS_DEG = np.array([[0, 0, 0], [12.0, 0, 5], [-15, 8, 0], [0, -9, 10]])


def truth(turns_deg: np.ndarray = TURNS_DEG, camera: Camera = CAMERA) -> Truth:
    """The template face that turns and opens its mouth."""
    shapes = np.repeat(template()[0][None], len(turns_deg), axis=0)
    below = shapes[0, :, 1] < shapes[0, UPPER_LIP_OUTER, 1]
    shapes[1:, below, 1] -= np.array([[0.1], [0.2], [0.15]])
    turn = rotation_from_euler_deg(turns_deg)
    centre = shapes[0].mean(axis=0)
    world = (shapes - centre) @ turn.transpose(0, 2, 1)
    points = camera.project(world)[..., :2] - 0.5
    return Truth(points, np.ones(points.shape[:2], dtype=bool), world, turn, camera)


def judged(points_px: np.ndarray, true: Truth) -> np.ndarray:
    """Geometry, expression and pose of landmarks that are found at these places."""
    tracked = Tracked(points_px, np.ones(points_px.shape[:2], dtype=bool))
    chosen = np.ones(points_px.shape[1], dtype=bool)
    values = transfers(motion_of(tracked, true, chosen), true, outer_eyes_px(true.points_px[0]))
    return np.array(values, dtype=np.float64)


def test_a_perfect_reenactment_gets_1_wherever_the_face_is() -> None:
    true = truth()
    place = np.array([7.0, -4.0])
    got = judged(true.points_px + place, true)
    assert got[:2] == pytest.approx(1.0, abs=1e-6)
    assert got[2] > 0.85  # the jaw pulls a little at the fit


def test_a_still_picture_gets_0() -> None:
    true = truth()
    assert judged(np.repeat(true.points_px[:1], 4, axis=0), true) == pytest.approx(0.0, abs=1e-9)


def test_half_of_the_motion_lies_between() -> None:
    true = truth()
    half = judged((true.points_px[:1] + true.points_px) / 2, true)
    assert half == pytest.approx(0.5, abs=0.1)
    assert half[0] == pytest.approx(0.5, abs=1e-9)


def test_head_motion_without_expression() -> None:
    true = truth()
    stiff = true.world_dm[0] @ true.turn.transpose(0, 2, 1)
    geometry, expression, pose = judged(CAMERA.project(stiff)[..., :2] - 0.5, true)
    assert 0.3 < geometry < 0.7
    assert expression == pytest.approx(0.0, abs=0.1)
    assert pose == pytest.approx(1.0, abs=1e-6)


def test_an_expression_without_head_motion() -> None:
    true = truth(np.array([[0.0, 0, 0], [0, 0, 30], [0, 0, -30], [0, 0, 25]]))
    upright = true.world_dm @ true.turn
    _, expression, pose = judged(CAMERA.project(upright)[..., :2] - 0.5, true)
    assert expression > 0.85
    assert pose == pytest.approx(0.0, abs=0.1)


def test_what_hardly_moves_has_no_transfer() -> None:
    true = truth(np.zeros((4, 3)))
    still = replace(true, points_px=np.repeat(true.points_px[:1], 4, axis=0))
    assert np.isnan(judged(true.points_px, still)).all()


def test_points_that_are_not_confirmed_are_left_out() -> None:
    true = truth()
    points, confirmed = true.points_px.copy(), np.ones(true.points_px.shape[:2], dtype=bool)
    points[2, :100] += 50
    confirmed[2, :100] = False
    motion = motion_of(Tracked(points, confirmed), true, np.ones(468, dtype=bool))
    assert motion.expected.sum() - motion.used.sum() == 100
    assert transfers(motion, true, outer_eyes_px(true.points_px[0]))[0] == pytest.approx(1.0)


def test_a_frame_with_less_than_half_of_its_points_is_left_out() -> None:
    true = truth()
    points, confirmed = true.points_px.copy(), np.ones(true.points_px.shape[:2], dtype=bool)
    points[2] = 0.0
    confirmed[2, 230:] = False
    motion = motion_of(Tracked(points, confirmed), true, np.ones(468, dtype=bool))
    assert motion.used[2].sum() == 0
    geometry, expression, pose = transfers(motion, true, outer_eyes_px(true.points_px[0]))
    assert geometry == pytest.approx(1.0)
    assert expression == pytest.approx(1.0, abs=1e-6)
    assert pose is not None and pose > 0.85


def test_too_few_confirmed_points_are_no_score() -> None:
    image, other = texture(), texture(1)
    at = np.tile(GRID, (10, 1))[:468]
    at[RIGHT_EYE_OUTER], at[LEFT_EYE_OUTER] = (60, 80), (100, 80)
    true = truth()
    got = scores(image, np.stack([image, *[other] * 3]), at, np.ones(468, dtype=bool), true)
    assert (got.geometry, got.expression, got.pose) == (None, None, None)
    assert got.confirmed < 0.5


def test_a_known_rotation_is_found_from_some_points() -> None:
    shape = template()[0] - template()[0].mean(axis=0)
    turn = rotation_from_euler_deg(np.array([20.0, -10, 7]))
    place = np.array([0.1, -0.05, 0.3])
    points = CAMERA.project(shape @ turn.T + place)[:, :2] - 0.5
    weights = np.zeros(468)
    weights[::9] = 1.0
    points[1::9] = np.nan  # of no weight
    rotation, there = fit_rigid(shape, points, weights, CAMERA)
    np.testing.assert_allclose(rotation, turn, atol=1e-6)
    np.testing.assert_allclose(there, shape @ turn.T + place, atol=1e-5)
    with pytest.raises(ValueError, match="at least 6 points for a rotation but got 3"):
        fit_rigid(shape, points, np.where(np.arange(468) < 27, weights, 0), CAMERA)


def test_hidden_points() -> None:
    points = np.array([[0.0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 99, 0]])
    towards, away = [0.0, 0, 1], [0.0, 0, -1]
    assert faces_camera(points, np.array([towards, away, towards, towards]), CAMERA).tolist() == [
        True,
        False,
        True,
        False,
    ]
    before = points[:1] + 0.3 * (CAMERA.eye - points[0]) / np.linalg.norm(CAMERA.eye - points[0])
    assert covered(points, before, CAMERA, 0.1).tolist() == [True, False, False, False]
    assert not covered(points, before, CAMERA, 0.5).any()


def test_states_that_are_late_or_weak() -> None:
    rest, end = Expression({"jawOpen": 0.1}), Expression({"jawOpen": 0.5, "cheekPuff": 1.0}, head_deg=(10, 0, -4))
    take = (rest, rest, end)
    assert late(2)(take, 2) is rest
    assert late(2)(take, 0) is rest
    half = weakened(0.5)(take, 2)
    assert half.coefficients == pytest.approx({"jawOpen": 0.3, "cheekPuff": 0.5})
    assert half.head_deg == (5, 0, -2)


def test_drawn_people_are_judged_in_order() -> None:
    from feed_dataset.synthetic.people.subjects import SUBJECTS
    from feed_dataset.synthetic.rig.head import Head, SharedTopology

    head = Head(SharedTopology(level=0, texture_px=128), SUBJECTS["S01"])
    view, box, size_px = studio_cameras(192, 192)["C"], CropBox(16, 16, 160), 160
    take = (Expression(), Expression({"jawOpen": 0.6}, head_deg=(14.0, 4, 6)))
    true = truth_in_crop(head, take, view, box, size_px)
    camera = view.with_crop(box.x0, box.y0, box.side, size_px)
    half = (take[0], weakened(0.5)(take, 1))
    exact, weak = draw(head, take, camera, 1), draw(head, half, camera, 1)
    chosen = chosen_points(exact[0], true.points_px[0], true.visible[0])
    found = [scores(exact[0], frames, true.points_px[0], chosen, true) for frames in (exact, weak, exact[[0, 0]])]
    geometry = [one.geometry for one in found]
    assert geometry[0] is not None and geometry[0] > 0.8
    assert geometry[1] is not None and 0.3 < geometry[1] < geometry[0] - 0.2
    assert geometry[2] == 0.0
    assert found[0].pose is not None and found[1].pose is not None and found[0].pose > found[1].pose + 0.2
