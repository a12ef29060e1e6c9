"""Landmarks: their place in the template, on deformed heads and in the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feed_dataset.synthetic.render import Renderer, RenderResult
from feed_dataset.synthetic.rig import landmarks as lm
from feed_dataset.synthetic.rig.head import Head, SharedTopology
from feed_dataset.synthetic.scene.cameras import Camera, studio_cameras
from feed_dataset.synthetic.scene.part_masks import part_mask
from feed_dataset.synthetic.scene.types import Expression, FrameGeometry

SIZE_PX = 96
RIGHT_EYE = (33, 160, 158, 133, 153, 144)  # subject's right: outer corner, two upper, inner corner, two lower
LEFT_EYE = (263, 387, 385, 362, 380, 373)
MOUTH_CORNERS = (61, 291)  # right, left
NOSE_TIP, CHIN, FOREHEAD, LEFT_IRIS, RIGHT_IRIS = 4, 152, 10, 473, 468


@pytest.fixture(scope="module")
def camera() -> Camera:
    """The frontal camera, close enough for eyes of some 20 px."""
    return studio_cameras(SIZE_PX, SIZE_PX)["C"].with_crop(16, 20, 64, SIZE_PX)


@pytest.fixture(scope="module")
def neutral(head: Head) -> FrameGeometry:
    return head.pose(Expression())


@pytest.fixture(scope="module")
def picture(head: Head, neutral: FrameGeometry, camera: Camera) -> RenderResult:
    renderer = Renderer(shadow_px=128)
    renderer.begin(head, neutral)
    return renderer.render(camera)


def pixels_near(picture: RenderResult, point_px: np.ndarray, names: set[str], radius: int) -> bool:
    """Whether one of the parts lies within `radius` pixels of a point."""
    x, y = np.floor(point_px[:2]).astype(int)
    window = picture.parts[y - radius : y + radius + 1, x - radius : x + radius + 1]
    return bool(part_mask(window, *names).any())


def test_canonical_landmarks() -> None:
    points = lm.canonical_landmarks()
    assert points.shape == (468, 3)
    assert points[NOSE_TIP, 2] > points[:, 2].max() - 0.03  # no other place but its neighbours sticks out more
    assert points[CHIN, 1] == pytest.approx(points[:, 1].min(), abs=0.05)
    assert points[33, 0] < 0 < points[263, 0], "+x is the subject's left"
    points[:] = 0
    assert lm.canonical_landmarks().any(), "callers get their own copy"


def test_canonical_landmarks_are_symmetric() -> None:
    points = lm.canonical_landmarks()
    mirrored = points * [-1, 1, 1]
    nearest = np.linalg.norm(points[:, None] - mirrored[None], axis=-1).min(0)
    assert np.median(nearest) < 1e-3
    assert nearest.max() < 0.08


def test_stored_embedding_fits_this_mesh(topology: SharedTopology) -> None:
    """Fails when the mesh or its vertex order changes: run scripts/compile_landmarks.py then."""
    embedding = lm.landmark_embedding(topology.level)
    assert embedding.corners.max() < len(topology.canonical)
    np.testing.assert_allclose(embedding.weights.sum(1), 1, atol=1e-5)
    distance = np.linalg.norm(embedding(topology.canonical) - lm.canonical_landmarks(), axis=1)
    assert distance.mean() < 0.003
    assert distance.max() < 0.015
    faces = {tuple(corners) for corners in lm.face_triangles(topology).tolist()}
    assert all(tuple(corners) in faces for corners in embedding.corners.tolist()), "no landmark inside the mouth"


def test_level_one_agrees_with_level_zero(topology: SharedTopology) -> None:
    fine = SharedTopology(level=1, texture_px=64)
    coarse = lm.landmark_embedding(0)(topology.canonical)
    assert np.linalg.norm(lm.landmark_embedding(1)(fine.canonical) - coarse, axis=1).max() < 0.01


def test_embedding_finds_points_that_lie_on_the_mesh(topology: SharedTopology) -> None:
    triangles = lm.face_triangles(topology)[::400]
    weights = np.random.default_rng(0).dirichlet((1, 1, 1), len(triangles))
    points = (topology.canonical[triangles] * weights[..., None]).sum(1)
    found = lm.embed_landmarks(topology, points)
    np.testing.assert_allclose(found(topology.canonical), points, atol=1e-5)


def test_saved_embeddings_are_the_shipped_ones(topology: SharedTopology, tmp_path: Path) -> None:
    path = tmp_path / "landmarks.npz"
    lm.save_embeddings(path, lm.canonical_landmarks(), {0: topology})
    with np.load(path) as written:
        again = lm.LandmarkEmbedding(written["corners_0"], written["weights_0"])
    np.testing.assert_array_equal(again.corners, lm.landmark_embedding(0).corners)
    np.testing.assert_allclose(again(topology.canonical), lm.landmark_embedding(0)(topology.canonical), atol=1e-5)


def in_the_middle() -> tuple[np.ndarray, lm.LandmarkEmbedding]:
    """The landmarks with a closest point on either side, and their shipped embedding."""
    points, shipped = lm.canonical_landmarks(), lm.landmark_embedding(0)
    middle = points[:, 0] == 0
    assert middle.sum() > 20, "there is something to choose"
    return points[middle], lm.LandmarkEmbedding(shipped.corners[middle], shipped.weights[middle])


@pytest.mark.parametrize("is_settled", [True, False])
def test_rounding_does_not_choose_between_left_and_right(topology: SharedTopology, is_settled: bool) -> None:
    """Noise of 1e-12 stands for another processor's rounding."""
    points, shipped = in_the_middle()
    settled = shipped if is_settled else None
    wanted = lm.embed_landmarks(topology, points, settled)
    rng = np.random.default_rng(0)
    for _ in range(4):
        noisy = points * (1 + 1e-12 * rng.standard_normal(points.shape)) + 1e-12 * rng.standard_normal((len(points), 3))
        found = lm.embed_landmarks(topology, noisy, settled)
        np.testing.assert_array_equal(found.corners, wanted.corners)
        np.testing.assert_allclose(found.weights, wanted.weights, atol=1e-6)


def test_an_embedding_of_another_mesh_settles_nothing(topology: SharedTopology) -> None:
    points, shipped = in_the_middle()
    foreign = lm.LandmarkEmbedding(shipped.corners[::-1], shipped.weights)
    first = lm.embed_landmarks(topology, points)
    np.testing.assert_array_equal(lm.embed_landmarks(topology, points, foreign).corners, first.corners)


def test_unknown_level_is_refused() -> None:
    with pytest.raises(lm.LandmarkError, match=r"\(0, 1, 2\) but got 3"):
        lm.landmark_embedding(3)


def test_the_68_points() -> None:
    indices = lm.MESH_TO_68
    assert len(indices) == 68
    assert set(indices) <= set(range(lm.MESH_LANDMARKS))
    points = lm.canonical_landmarks()[list(indices)]
    jaw, brows, eyes, lips = points[:17], points[17:27], points[36:48], points[48:]
    assert jaw[:8, 0].max() < 0 < jaw[9:, 0].min(), "the jaw runs from the subject's right to the left"
    assert np.all(np.diff(jaw[:9, 1]) < 0) and np.all(np.diff(jaw[8:, 1]) > 0)
    assert brows[:, 1].min() > eyes[:, 1].max() > eyes[:, 1].min() > lips[:, 1].max()
    assert points[8, 1] == points[:, 1].min(), "point 8 is the chin"
    assert points[30, 2] == pytest.approx(points[:, 2].max(), abs=0.03), "point 30 is the tip of the nose"


def test_world_landmarks(head: Head, neutral: FrameGeometry) -> None:
    points = lm.world_landmarks(neutral, head)
    assert points.shape == (lm.LANDMARKS, 3)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()
    assert points[LEFT_IRIS, 0] > 0 > points[RIGHT_IRIS, 0]


def test_landmarks_follow_the_head_and_the_jaw(head: Head, neutral: FrameGeometry) -> None:
    rest = lm.world_landmarks(neutral, head)
    turned = lm.world_landmarks(head.pose(Expression(head_deg=(30, 0, 0))), head)
    assert turned[NOSE_TIP, 0] > rest[NOSE_TIP, 0] + 0.3, "+yaw turns to the subject's left"
    opened = lm.world_landmarks(head.pose(Expression({"jawOpen": 1.0})), head)
    assert opened[CHIN, 1] < rest[CHIN, 1] - 0.1
    np.testing.assert_allclose(opened[FOREHEAD], rest[FOREHEAD], atol=5e-3)


def test_irises_follow_the_gaze(head: Head, neutral: FrameGeometry) -> None:
    rest = lm.iris_landmarks(neutral.eyes)
    looking = lm.iris_landmarks(head.pose(Expression(gaze_deg=(20, 0))).eyes)
    shift = looking[[0, 5], 0] - rest[[0, 5], 0]
    radius = neutral.eyes["l"].radius
    np.testing.assert_allclose(shift, 1.03 * radius * np.sin(np.radians(20)), rtol=0.05)
    radius = neutral.eyes["r"].radius
    rim = np.linalg.norm(rest[1:5] - rest[1:5].mean(0), axis=1)
    np.testing.assert_allclose(rim, 0.475 * radius, rtol=1e-6)


def test_eye_landmarks_lie_on_the_eyes_in_the_picture(
    head: Head, neutral: FrameGeometry, camera: Camera, picture: RenderResult
) -> None:
    points = camera.project(lm.world_landmarks(neutral, head))
    for name, contour, iris in (("r_eye", RIGHT_EYE, RIGHT_IRIS), ("l_eye", LEFT_EYE, LEFT_IRIS)):
        rows, columns = np.nonzero(part_mask(picture.parts, name))
        around = points[list(contour), :2]
        assert len(rows) > 10
        low, high = around.min(0) - 2, around.max(0) + 2
        inside = (columns + 0.5 > low[0]) & (columns + 0.5 < high[0]) & (rows + 0.5 > low[1]) & (rows + 0.5 < high[1])
        assert inside.all(), f"all {name} pixels lie inside the lid contour"
        assert all(pixels_near(picture, point, {name, "lashes"}, 3) for point in around)
        assert pixels_near(picture, points[iris], {name}, 0)


def test_mouth_corners_lie_at_the_lips_in_the_picture(
    head: Head, neutral: FrameGeometry, camera: Camera, picture: RenderResult
) -> None:
    points = camera.project(lm.world_landmarks(neutral, head))
    for corner in MOUTH_CORNERS:
        assert pixels_near(picture, points[corner], {"upper_lip", "lower_lip"}, 2)
    rows, columns = np.nonzero(part_mask(picture.parts, "upper_lip", "lower_lip"))
    assert abs(columns.min() - points[MOUTH_CORNERS[0], 0]) < 3
    assert abs(columns.max() + 1 - points[MOUTH_CORNERS[1], 0]) < 3
    assert rows.min() - 2 < points[13, 1] < rows.max() + 2


def test_landmarks_lie_on_the_rendered_surface(
    head: Head, neutral: FrameGeometry, camera: Camera, picture: RenderResult
) -> None:
    """The picture's depth under a landmark is the landmark's own, wherever bare skin faces the camera."""
    points = camera.project(lm.world_landmarks(neutral, head)[: lm.MESH_LANDMARKS])
    x, y = np.floor(points[:, :2]).astype(int).T
    bare = part_mask(picture.parts[y, x], "skin", "nose", "upper_lip", "lower_lip")
    error_dm = np.abs(picture.depth[y, x] - points[:, 2])[bare]
    assert bare.sum() > 250
    assert np.median(error_dm) < 0.01
    assert np.percentile(error_dm, 90) < 0.08


def test_frontal_landmarks_are_symmetric_in_the_picture(head: Head, neutral: FrameGeometry, camera: Camera) -> None:
    """Within what people's faces are asymmetric."""
    points = camera.project(lm.world_landmarks(neutral, head))
    canonical = lm.canonical_landmarks()
    partner = np.linalg.norm(canonical[:, None] - canonical[None] * [-1, 1, 1], axis=-1).argmin(1)
    mirrored_x = SIZE_PX - points[partner, 0]
    assert np.abs(points[: lm.MESH_LANDMARKS, 0] - mirrored_x).mean() < 2.5
    assert abs(points[NOSE_TIP, 0] - SIZE_PX / 2) < 2.5


def test_landmarks_without_all_that_is_drawn_are_the_same_bits(head: Head) -> None:
    strong = Expression(
        {"jawOpen": 0.7, "eyeBlinkLeft": 1.0, "mouthSmileRight": 0.5}, gaze_deg=(9, -4), head_deg=(20, 5, 3)
    )
    for expression in (Expression(), strong):
        np.testing.assert_array_equal(
            lm.posed_landmarks(expression, head), lm.world_landmarks(head.pose(expression), head)
        )
