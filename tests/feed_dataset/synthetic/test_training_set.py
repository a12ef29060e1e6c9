"""Truth that travels with training pictures: poses in the model's frame, shared states, resumable files."""

from __future__ import annotations

import numpy as np
import pytest

from feed_dataset.synthetic.motion.sampling import MotionState, sample_mouth_states, sample_states
from feed_dataset.synthetic.people.subjects import random_subject
from feed_dataset.synthetic.rig.head import Head, SharedTopology
from feed_dataset.synthetic.scene.cameras import studio_cameras
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.training_set import (
    CANONICAL_ORIGIN_DM,
    CANONICAL_UNIT_DM,
    PersonPainter,
    TrainingSetSpec,
    canonical_points,
    crop_camera,
    model_pose,
    render_person,
    render_states,
)

CHIN = 152  # in the order of MediaPipe's mesh


def test_states_are_seeded_and_start_neutral() -> None:
    states = sample_states(40, seed=3)
    assert states == sample_states(40, seed=3) != sample_states(40, seed=4)
    assert states[0] == MotionState()
    assert all(0 <= weight <= 1.2 for state in states for weight in state.coefficients.values())


def test_states_cover_asymmetry_winks_tongue_and_every_camera() -> None:
    states = sample_states(400, seed=0)
    smiles = [(s.coefficients.get("mouthSmileLeft", 0), s.coefficients.get("mouthSmileRight", 0)) for s in states]
    assert any(abs(left - right) > 0.3 for left, right in smiles)
    winks = [s.coefficients.get("eyeBlinkLeft", 0) - s.coefficients.get("eyeBlinkRight", 0) for s in states]
    assert max(winks) > 0.5 and min(winks) < -0.5
    assert any(state.tongue for state in states)
    assert {state.camera for state in states} == {"C", "L", "R"}


def test_frontal_head_has_the_identity_rotation() -> None:
    camera = studio_cameras(256, 256)["C"]
    rotation, translation, scale = model_pose(np.eye(4), camera)
    # The studio cameras stand slightly above the eyes.
    np.testing.assert_allclose(rotation, np.eye(3), atol=0.05)
    assert abs(translation[0]) < 1e-9 and translation[1] > 0
    assert scale > 0


def test_pose_maps_canonical_points_to_where_the_camera_sees_them() -> None:
    camera = studio_cameras(256, 256)["L"]
    turn = np.radians(20)
    head = np.eye(4)
    head[:3, :3] = [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    rotation, translation, scale = model_pose(head, camera)
    for offset in ([0.3, 0.0, 0.0], [0.0, -0.3, 0.0], [0.0, 0.0, 0.3]):
        world = head[:3, :3] @ (np.array(CANONICAL_ORIGIN_DM) + offset)
        seen = camera.project(world)[:2] / 128 - 1
        canonical = np.array([offset[0], -offset[1], offset[2]]) / CANONICAL_UNIT_DM
        predicted = (translation + scale * rotation @ canonical)[:2]
        # Weak perspective: exact at the origin, a few percent of the offset away from it.
        np.testing.assert_allclose(predicted, seen, atol=0.01)


def test_canonical_points_follow_expression_and_ignore_the_pose_of_the_head(topology: SharedTopology) -> None:
    head = Head(topology, random_subject(1))
    still, turned, opened = (
        canonical_points(head.pose(expression), head)
        for expression in (
            Expression(),
            Expression(head_deg=(20.0, -10.0, 5.0)),
            Expression({"jawOpen": 1.0}),
        )
    )
    skin = slice(0, 468)  # the irises, 468 to 477, keep looking where gaze says
    np.testing.assert_allclose(turned[skin], still[skin], atol=0.02)  # the neck bends, the face is rigid
    assert opened[CHIN, 1] - still[CHIN, 1] > 0.1  # y points down


def test_crop_follows_the_benchmark_rule() -> None:
    camera = studio_cameras(256, 256)["C"]
    points = np.array([[-0.7, -0.9, 0.6], [0.7, 0.6, 0.6]])
    low, high = camera.project(points)[:, :2].min(0), camera.project(points)[:, :2].max(0)
    crop = crop_camera(camera, points, MotionState(), 64)
    corner = (low + high) / 2 - (high - low).sum() / 2
    np.testing.assert_allclose(crop.project(points)[:, :2], (camera.project(points)[:, :2] - corner) * 64
                               / (high - low).sum(), atol=1e-9)  # fmt: skip


@pytest.fixture(scope="module")
def topology() -> SharedTopology:
    return SharedTopology(level=0, texture_px=128)


def test_people_of_one_group_share_their_states_which_are_drawn_in_any_order(topology: SharedTopology) -> None:
    spec = TrainingSetSpec(states=2, size_px=48)
    painter, states = PersonPainter(topology, 1000, 48), spec.states_of(1000)
    one, other = painter.pictures(states), render_person(topology, 1001, spec)
    backwards = painter.pictures(states[::-1])
    assert all(np.array_equal(value[::-1] if name != "rest_points" else value, one[name])
               for name, value in backwards.items())  # fmt: skip
    assert one["images"].shape == (2, 48, 48, 3) and one["images"].dtype == np.uint8
    np.testing.assert_array_equal(one["coefficients"], other["coefficients"])
    assert (one["images"] != other["images"]).mean() > 0.5
    assert one["coefficients"].shape[1] == len(topology.coefficient_names) == 52
    assert np.abs(one["landmarks478"][:, :468]).max() < 1
    assert Expression().coefficients == {}


def test_mouth_states_are_seeded_and_move_nothing_but_the_mouth(topology: SharedTopology) -> None:
    states = sample_mouth_states(30, seed=3)
    assert states == sample_mouth_states(30, seed=3) != sample_mouth_states(30, seed=4)
    assert states[0] == MotionState() and all(s == MotionState(coefficients=s.coefficients) for s in states)
    opened = MotionState(coefficients={"jawOpen": 0.8, "mouthFunnel": 0.5})
    made = render_states(topology, 1000, [states[0], opened], 48)
    lid_and_brow, lip = [159, 386, 105, 334], 14
    moved = np.abs(made["points"][1] - made["points"][0]).max(axis=-1)
    assert moved[lid_and_brow].max() < 1e-6 and moved[lip] > 0.05
    assert (
        (made["images"][0, :16] == made["images"][1, :16]).mean()
        > 0.99
        > (made["images"][0] == made["images"][1]).mean()
    )
