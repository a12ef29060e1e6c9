"""Irises on rendered eyes of which everything is known; skipped by name without the networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import spearmanr

from benchmark.features.networks.iris import INPUT_PX, POINTS, IrisFinder, eye_region
from benchmark.metrics.gaze import angle_deg, gaze_directions, opening
from feed_dataset.core.faces import FaceNetworks, track_faces
from feed_dataset.core.jobs.errors import WeightsUnavailable
from feed_dataset.synthetic.people.subjects import random_subject
from feed_dataset.synthetic.render import Renderer
from feed_dataset.synthetic.rig.head import Head, SharedTopology
from feed_dataset.synthetic.rig.landmarks import world_landmarks
from feed_dataset.synthetic.scene.cameras import studio_cameras
from feed_dataset.synthetic.scene.types import Expression

GAZES = ((-25, 0), (-12, 0), (0, 0), (12, 0), (25, 0), (0, -14), (0, 14))
SHUT = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}


@dataclass(frozen=True)
class Shots:
    """Frames of one rendered person who looks around, then shuts the eyes."""

    frames: np.ndarray  # uint8 [8, 320, 320, 3]
    landmarks_px: np.ndarray  # found [8, 468, 3]
    irises_px: np.ndarray  # found [8, 2, 76, 3]
    truth_px: np.ndarray  # exact [8, 478, 2], pixel centres are whole numbers


@pytest.fixture(scope="module")
def finder() -> IrisFinder:
    try:
        return IrisFinder.load()
    except WeightsUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def shots(finder: IrisFinder) -> Shots:
    try:
        networks = FaceNetworks.load()
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    head = Head(SharedTopology(level=1, texture_px=256), random_subject(103))
    renderer = Renderer(shadow_px=256, threads=1)
    rest = world_landmarks(head.pose(Expression()), head)[:468]
    studio = studio_cameras(512, 512)["C"]
    points = studio.project(rest)[:, :2]
    side = float(np.ptp(points, axis=0).sum()) * 0.8
    corner = (points.min(axis=0) + points.max(axis=0)) / 2 - side / 2
    camera = studio.with_crop(float(corner[0]), float(corner[1]), side, 320)
    frames, truth = [], []
    for expression in (*(Expression(gaze_deg=gaze) for gaze in GAZES), Expression(coefficients=SHUT)):
        geometry = head.pose(expression)
        renderer.begin(head, geometry)
        frames.append(renderer.render(camera, supersample=2).image)
        truth.append(camera.project(world_landmarks(geometry, head))[:, :2] - 0.5)
    stacked = np.stack(frames)
    landmarks = np.concatenate([track_faces(frame[None], networks=networks).landmarks_px for frame in stacked])
    assert np.isfinite(landmarks).all()
    return Shots(stacked, landmarks, finder(stacked, landmarks), np.stack(truth))


def test_irises_lie_in_the_eyes_and_move_with_them(shots: Shots) -> None:
    found = shots.irises_px[: len(GAZES), :, 0, :2]
    true = np.stack([shots.truth_px[: len(GAZES), 468], shots.truth_px[: len(GAZES), 473]], axis=1)
    eye_width = np.linalg.norm(shots.truth_px[0, 33] - shots.truth_px[0, 133])
    assert np.linalg.norm(found - true, axis=-1).mean() < 0.15 * eye_width
    for eye in range(2):
        assert spearmanr(found[:5, eye, 0], true[:5, eye, 0])[0] == pytest.approx(1.0)


def test_gaze_follows_the_true_one(shots: Shots) -> None:
    gaze = gaze_directions(shots.landmarks_px, shots.irises_px)[: len(GAZES)]
    yaw = np.degrees(np.arctan2(gaze[:, 0], gaze[:, 2]))
    slope = np.polyfit([g[0] for g in GAZES[:5]], yaw[:5], 1)[0]
    assert 0.7 < slope < 1.3
    assert gaze[5, 1] > gaze[2, 1] > gaze[6, 1]  # +pitch looks down
    assert angle_deg(gaze[:1], gaze[4:5])[0] > 3 * angle_deg(gaze[2:3], gaze[1:2])[0] / 2


def test_shut_eyes_are_shut(shots: Shots) -> None:
    heights = opening(shots.irises_px)
    assert (heights[7] < 0.13).all() and (heights[2] > 0.13).all()
    assert np.isnan(gaze_directions(shots.landmarks_px, shots.irises_px)[7]).all()


def test_a_mirrored_picture_gives_mirrored_eyes(finder: IrisFinder, shots: Shots) -> None:
    """The right eye is read as a mirrored left one, so that both sides are equally good."""
    width = shots.frames.shape[2]
    corners = shots.landmarks_px[1, [33, 133], :2]
    right = finder.eye(shots.frames[1], eye_region(corners), mirrored=True)
    flipped = corners[::-1] * [-1, 1] + [width - 1, 0]
    left = finder.eye(np.ascontiguousarray(shots.frames[1][:, ::-1]), eye_region(flipped), mirrored=False)
    np.testing.assert_allclose(right * [-1, 1, 1] + [width - 1, 0, 0], left, atol=0.35)


def test_rows_without_a_face_are_nan(finder: IrisFinder, shots: Shots) -> None:
    lost = shots.landmarks_px[:3].copy()
    lost[1] = np.nan
    rows = finder(shots.frames[:3], lost)
    assert rows.shape == (3, 2, POINTS, 3) and np.isnan(rows[1]).all()
    np.testing.assert_array_equal(rows[[0, 2]], shots.irises_px[[0, 2]])
    with pytest.raises(ValueError, match="landmarks of 3 frames but got 2"):
        finder(shots.frames[:3], lost[:2])


def test_the_region_is_level_with_the_eye() -> None:
    region = eye_region(np.array([[10.0, 20.0], [40.0, 60.0]]))
    assert region.side_px == pytest.approx(2.3 * 50)
    assert region.center_px == (25.0, 40.0)
    corner = region.to_image(INPUT_PX) @ [INPUT_PX / 2 - 0.5, INPUT_PX / 2 - 0.5, 1]
    np.testing.assert_allclose(corner, [25, 40], atol=1e-9)
