from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import score_case
from benchmark.metrics.frontal import frontalise
from benchmark.metrics.speech_mesh import normalise_to_mouth
from feed_dataset.core.faces.mesh_indices import FACE, MOUTH
from tests.benchmark.metrics.faces import case, move, person, rotation, shoot, talking, video

IDS = ("m_p[mesh468]", "m_v[mesh468]", "f_p[mesh468]", "f_v[mesh468]")
HALF_MOUTH = np.linalg.norm(person()[61] - person()[291]) / 2 / np.linalg.norm(person()[33] - person()[263])


def against(
    output: list[np.ndarray], reference: list[np.ndarray], missing: tuple[int, ...] = ()
) -> dict[str, float | None]:
    made, truth = video(output, missing), video(reference)
    return {i: score_case(i, case(made, truth, video(reference[:1]), reference=truth)).value for i in IDS}


def test_index_sets() -> None:
    assert len(MOUTH) == len(set(MOUTH)) == 40
    assert len(FACE) == 468
    height = person()[:, 1]
    assert np.ptp(height[MOUTH]) < 0.3 * np.ptp(height)


def test_corners_lie_where_the_paper_puts_them_in_every_pose() -> None:
    frames = np.stack(talking(person(2)))
    points = normalise_to_mouth(frames)
    np.testing.assert_allclose(points[:, 61], np.tile([-1.0, 0.0], (12, 1)), atol=1e-12)
    np.testing.assert_allclose(points[:, 291], np.tile([1.0, 0.0], (12, 1)), atol=1e-12)
    assert (points[:, 152, 1] < -1).all()  # the chin stays below
    assert (points[:, 10, 1] > 1).all()


def test_against_a_plain_rewrite_of_the_definition() -> None:
    rng = np.random.default_rng(1)
    a = np.stack(talking(person()))
    b = a + rng.normal(0, 0.5, a.shape)

    def normal(landmarks: np.ndarray) -> np.ndarray:
        out = []
        for face in frontalise(landmarks):
            right, left = face[61, :2], face[291, :2]
            axis = (left - right) / 2
            turn = np.array([[axis[0], axis[1]], [-axis[1], axis[0]]]) / (axis @ axis)
            out.append((face[:, :2] - (left + right) / 2) @ turn.T)
        return np.array(out)

    p, q = normal(b), normal(a)
    v, w = p[1:] - p[:-1], q[1:] - q[:-1]
    got = against(list(b), list(a))
    assert got["m_p[mesh468]"] == pytest.approx(np.abs(p - q)[:, MOUTH].mean(), rel=1e-4)
    assert got["f_p[mesh468]"] == pytest.approx(np.abs(p - q).mean(), rel=1e-4)
    assert got["m_v[mesh468]"] == pytest.approx(np.abs(v - w)[:, MOUTH].mean(), rel=1e-4)
    assert got["f_v[mesh468]"] == pytest.approx(np.abs(v - w).mean(), rel=1e-4)


def test_self_is_zero_also_from_elsewhere() -> None:
    frames = talking(person(4))
    plain = talking(person(4), turned=False)
    elsewhere = [f * 3.0 + [100, -50, 7] for f in frames]
    for output in (frames, elsewhere, plain):
        assert all(value == pytest.approx(0, abs=2e-5) for value in against(output, frames).values())


def test_a_known_displacement_is_the_known_error() -> None:
    """One lip point 0.1 IOD lower in every frame: position error known, velocity error zero."""
    reference = [shoot(person(), rotation(10 * t)) for t in range(4)]
    output = [shoot(move(person(), (14,), (0, -0.1, 0)), rotation(10 * t)) for t in range(4)]
    got = against(output, reference)
    shift = 0.1 / HALF_MOUTH
    assert got["m_p[mesh468]"] == pytest.approx(shift / (40 * 2), rel=1e-3)
    assert got["f_p[mesh468]"] == pytest.approx(shift / (468 * 2), rel=1e-3)
    assert got["m_v[mesh468]"] == pytest.approx(0, abs=1e-5)


def test_a_constant_velocity_is_exact() -> None:
    reference = [shoot(person())] * 5
    output = [shoot(move(person(), (14,), (0, -0.02 * t, 0))) for t in range(5)]
    got = against(output, reference)
    assert got["m_v[mesh468]"] == pytest.approx(0.02 / HALF_MOUTH / 80, rel=1e-3)


def test_a_frozen_mouth_is_worse_and_noise_hurts_velocity_more() -> None:
    frames = talking(person(), turned=False)
    frozen = against([frames[0]] * 12, frames)
    rng = np.random.default_rng(0)
    noisy = against([f + rng.normal(0, 0.7, f.shape) for f in frames], frames)
    assert frozen["m_p[mesh468]"] > 0.1
    assert frozen["m_v[mesh468]"] > 0.02
    assert noisy["m_v[mesh468]"] > noisy["m_p[mesh468]"]


def test_velocity_needs_both_frames() -> None:
    frames = talking(person())
    truth = video(frames)
    for metric, expected, scored in (("m_p[mesh468]", 12, 11), ("m_v[mesh468]", 11, 9)):
        score = score_case(metric, case(video(frames, missing=(4,)), truth, video(frames[:1]), reference=truth))
        assert (score.frames_expected, score.frames_scored) == (expected, scored)
        assert score.failures == (("output: no face", expected - scored),)
        assert score.value == pytest.approx(0, abs=1e-9)


def test_nothing_gives_nothing() -> None:
    frames = talking(person())
    assert set(against(frames, frames, missing=tuple(range(12))).values()) == {None}
    no_reference = case(video(frames), video(frames), video(frames[:1]))
    for metric in IDS:
        assert score_case(metric, no_reference).failures == (("no reference", 12),)
