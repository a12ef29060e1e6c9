"""The detectors behind one interface: index sets, frontal pose, and the speech table's errors on every one of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.frontal import frontalise
from benchmark.metrics.landmark_sets import LANDMARK_SETS, LANDMARKS68, MESH468, MESH478, LandmarkSet
from benchmark.metrics.speech_mesh import normalise_to_mouth
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from tests.benchmark.metrics.faces import case, move, person, rotation, shoot, talking, video

SETS = pytest.mark.parametrize("landmark_set", LANDMARK_SETS.values(), ids=lambda one: one.name)
LOWER_LIP = {"mesh468": 14, "mesh478": 14, "landmarks68": 66}


def seen_by(landmark_set: LandmarkSet, meshes: np.ndarray) -> np.ndarray:
    """What a perfect detector of that set says of faces given as 468 points [T, 468, 3]."""
    if landmark_set is LANDMARKS68:
        return meshes[:, list(MESH_TO_68)]
    if landmark_set is MESH478:
        return np.concatenate([meshes, np.ones((len(meshes), 10, 3))], axis=1)
    return meshes


def compared(
    landmark_set: LandmarkSet, output: list[np.ndarray], reference: list[np.ndarray], missing: tuple[int, ...] = ()
) -> CaseFeatures:
    made, truth = video(output, missing), video(reference)
    arrays = [
        {landmark_set.name: seen_by(landmark_set, one.landmarks_px)} if landmark_set is not MESH468 else {}
        for one in (made, truth)
    ]
    made, truth = replace(made, arrays=arrays[0]), replace(truth, arrays=arrays[1])
    return case(made, truth, video(reference[:1]), reference=truth)


def values(landmark_set: LandmarkSet, output: list[np.ndarray], reference: list[np.ndarray]) -> dict[str, float | None]:
    both = compared(landmark_set, output, reference)
    return {m: score_case(f"{m}[{landmark_set.name}]", both).value for m in ("m_p", "m_v", "f_p", "f_v")}


def half_mouth_iod(landmark_set: LandmarkSet) -> float:
    head = landmark_set.canonical()
    (right, left), (right_eye, left_eye) = landmark_set.mouth_corners, landmark_set.eye_corners
    return float(np.linalg.norm(head[left] - head[right]) / 2 / np.linalg.norm(head[left_eye] - head[right_eye]))


@SETS
def test_index_sets_point_at_what_they_are_called(landmark_set: LandmarkSet) -> None:
    head = landmark_set.canonical()
    assert head.shape == (landmark_set.count, 3)
    assert len(set(landmark_set.mouth)) == len(landmark_set.mouth) == {468: 40, 478: 40, 68: 20}[landmark_set.count]
    assert len(landmark_set.face) == {468: 468, 478: 468, 68: 68}[landmark_set.count]
    right, left = landmark_set.mouth_corners
    assert head[right, 0] < 0 < head[left, 0]  # x to the subject's left
    assert {right, left} <= set(landmark_set.mouth)
    lips = head[landmark_set.mouth]
    assert lips[:, 0].min() == head[right, 0] and lips[:, 0].max() == head[left, 0]
    eyes_y = head[list(landmark_set.eye_corners), 1]
    assert (eyes_y > lips[:, 1].max()).all()
    assert not set(landmark_set.rigid) & set(landmark_set.mouth)


def test_the_68_points_are_left_and_right_of_each_other() -> None:
    head = LANDMARKS68.canonical()
    for right, left in ((0, 16), (36, 45), (39, 42), (48, 54), (17, 26), (31, 35)):
        np.testing.assert_allclose(head[right] * [-1, 1, 1], head[left], atol=0.06)


@SETS
def test_pose_position_and_size_do_not_matter(landmark_set: LandmarkSet) -> None:
    expected = frontalise(seen_by(landmark_set, shoot(person(3))[None]), landmark_set)[0]
    for turn in (rotation(40), rotation(0, 25), rotation(0, 0, 60), rotation(-30, 15, -20)):
        moved = shoot(person(3), turn, scale_px=37.0, at_px=(11.0, -5.0))[None]
        got = frontalise(seen_by(landmark_set, moved), landmark_set)[0]
        np.testing.assert_allclose(got[landmark_set.face], expected[landmark_set.face], atol=1e-9)


@SETS
def test_corners_lie_where_the_paper_puts_them(landmark_set: LandmarkSet) -> None:
    points = normalise_to_mouth(seen_by(landmark_set, np.stack(talking(person(2)))), landmark_set)
    right, left = landmark_set.mouth_corners
    np.testing.assert_allclose(points[:, right], np.tile([-1.0, 0.0], (12, 1)), atol=1e-12)
    np.testing.assert_allclose(points[:, left], np.tile([1.0, 0.0], (12, 1)), atol=1e-12)


@SETS
def test_a_known_displacement_is_the_known_error(landmark_set: LandmarkSet) -> None:
    """One lip point 0.1 eye distances lower in every frame: the position error is known, the velocity error zero."""
    mesh_point = 14 if landmark_set is not LANDMARKS68 else MESH_TO_68[LOWER_LIP["landmarks68"]]
    reference = [shoot(person(), rotation(10 * t)) for t in range(4)]
    output = [shoot(move(person(), (mesh_point,), (0, -0.1, 0)), rotation(10 * t)) for t in range(4)]
    got = values(landmark_set, output, reference)
    shift = 0.1 / half_mouth_iod(landmark_set)
    assert got["m_p"] == pytest.approx(shift / (2 * len(landmark_set.mouth)), rel=1e-3)
    assert got["f_p"] == pytest.approx(shift / (2 * len(landmark_set.face)), rel=1e-3)
    assert got["m_v"] == pytest.approx(0, abs=1e-5)
    assert got["f_v"] == pytest.approx(0, abs=1e-5)


@SETS
def test_a_constant_velocity_is_exact(landmark_set: LandmarkSet) -> None:
    mesh_point = 14 if landmark_set is not LANDMARKS68 else MESH_TO_68[LOWER_LIP["landmarks68"]]
    reference = [shoot(person(), rotation(3 * t, -2 * t)) for t in range(5)]
    output = [
        shoot(move(person(), (mesh_point,), (0, -0.02 * t, 0)), rotation(-3 * t, 2 * t)) for t in range(5)
    ]  # the heads turn differently: velocity must not see it
    speed = 0.02 / half_mouth_iod(landmark_set)
    got = values(landmark_set, output, reference)
    assert got["m_v"] == pytest.approx(speed / (2 * len(landmark_set.mouth)), rel=1e-3)
    rounding = 2e-6  # landmarks are kept as float32
    assert got["f_v"] == pytest.approx(speed / (2 * len(landmark_set.face)), rel=1e-3, abs=rounding)


@SETS
def test_against_an_independent_implementation(landmark_set: LandmarkSet) -> None:
    """From the definition alone: SciPy's Kabsch rotation, then a 2 x 2 similarity per frame."""
    from scipy.spatial.transform import Rotation

    rng = np.random.default_rng(1)
    a = np.stack(talking(person()))
    b = a + rng.normal(0, 0.5, a.shape)

    def normal(meshes: np.ndarray) -> np.ndarray:
        rigid = list(landmark_set.rigid)
        out = []
        for face in seen_by(landmark_set, meshes.astype(np.float32)).astype(float):
            head = face * [1, -1, -1]
            head = head - head[rigid].mean(axis=0)
            target = landmark_set.canonical()[rigid]
            turn, _ = Rotation.align_vectors(target - target.mean(axis=0), head[rigid])
            flat = turn.apply(head)[:, :2]
            right, left = (flat[corner] for corner in landmark_set.mouth_corners)
            axis = (left - right) / 2
            into = np.array([[axis[0], axis[1]], [-axis[1], axis[0]]]) / (axis @ axis)
            out.append((flat - (left + right) / 2) @ into.T)
        return np.array(out)

    p, q = normal(b), normal(a)
    v, w = np.diff(p, axis=0), np.diff(q, axis=0)
    got = values(landmark_set, list(b), list(a))
    mouth, face = landmark_set.mouth, landmark_set.face
    assert got["m_p"] == pytest.approx(np.abs(p - q)[:, mouth].mean(), rel=1e-6)
    assert got["f_p"] == pytest.approx(np.abs(p - q)[:, face].mean(), rel=1e-6)
    assert got["m_v"] == pytest.approx(np.abs(v - w)[:, mouth].mean(), rel=1e-6)
    assert got["f_v"] == pytest.approx(np.abs(v - w)[:, face].mean(), rel=1e-6)


@SETS
def test_failures_are_counted(landmark_set: LandmarkSet) -> None:
    frames = talking(person())
    for metric, expected, scored in (("m_p", 12, 11), ("f_v", 11, 9)):
        score = score_case(f"{metric}[{landmark_set.name}]", compared(landmark_set, frames, frames, missing=(4,)))
        assert (score.frames_expected, score.frames_scored) == (expected, scored)
        assert score.failures == (("output: no face", expected - scored),)


def test_a_detector_that_did_not_run_gives_no_value() -> None:
    truth = video(talking(person()))
    score = score_case("m_p[landmarks68]", case(truth, truth, video(talking(person())[:1]), reference=truth))
    assert (score.value, score.failures) == (None, (("output: landmarks not computed", 12),))


def test_one_detectors_number_differs_from_anothers() -> None:
    """The same face, other points: that is why the detector is in the id."""
    frames = talking(person())
    frozen = [frames[0]] * 12
    assert values(MESH468, frozen, frames)["m_p"] != pytest.approx(values(LANDMARKS68, frozen, frames)["m_p"], rel=0.05)
