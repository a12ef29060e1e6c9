"""Gaze: eyes built by the stated eyeball model give back the direction they were built with."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, FaceFeatures, score_case
from benchmark.metrics.gaze import (
    CENTRE_DEPTH_IOD,
    CLOSED_BELOW,
    PUPIL_RADIUS_IOD,
    angle_deg,
    gaze_directions,
    opening,
)
from scripts.validation.gaze import gazes
from tests.benchmark.metrics.faces import IOD, case, person, rotation, shoot, video

METRIC = "gaze_error_deg[iris]"
FRONT = (0.0, 0.0)


def looking(yaw_deg: float, pitch_deg: float) -> np.ndarray:
    """Direction in head axes; +yaw to the subject's left, +pitch down."""
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    return np.array([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch)])


def eyes(head: np.ndarray, gaze: np.ndarray, open_share: tuple[float, float] = (0.3, 0.3)) -> np.ndarray:
    """Points [152, 3] of both eyes in head axes, as the iris net orders them: right, then left."""
    out = []
    for corners, share in zip(((33, 133), (362, 263)), open_share, strict=True):
        first, second = head[corners[0]], head[corners[1]]
        middle, width = (first + second) / 2, np.linalg.norm(second - first)
        pupil = middle + IOD * (PUPIL_RADIUS_IOD * gaze - [0, 0, CENTRE_DEPTH_IOD])
        along = np.linspace(0, 1, 9)[1:-1, None]
        lower = first + along * (second - first) - [0, width * share / 2, 0]
        upper = first + along * (second - first) + [0, width * share / 2, 0]
        contour = np.concatenate([first[None], lower, second[None], upper, np.tile(middle, (55, 1))])
        out.append(np.concatenate([np.tile(pupil, (5, 1)), contour]))
    return np.concatenate(out)


def seen(
    gazes: list[tuple[float, float]],
    turns: list[np.ndarray] | None = None,
    who: int | None = None,
    shares: dict[int, tuple[float, float]] | None = None,
    missing: tuple[int, ...] = (),
) -> FaceFeatures:
    head = person(who)
    faces, irises = [], []
    for t, gaze in enumerate(gazes):
        turn = np.eye(3) if turns is None else turns[t]
        faces.append(shoot(head, turn))
        points = eyes(head, looking(*gaze), (shares or {}).get(t, (0.3, 0.3)))
        irises.append(shoot(points, turn).reshape(2, 76, 3))
    made = video(faces, missing)
    rows = np.stack(irises).astype(np.float32)
    rows[list(missing)] = np.nan
    return FaceFeatures(made.landmarks_px, made.reasons, {"iris": rows})


def against(output: FaceFeatures, driver: FaceFeatures) -> CaseFeatures:
    return case(output, driver, video([shoot(person())]))


@pytest.mark.parametrize("turn", [rotation(), rotation(25, 10, -15), rotation(-30, -10, 20)])
@pytest.mark.parametrize("gaze", [(0, 0), (20, 0), (-25, 5), (5, -15), (30, 20)])
def test_the_model_is_inverted_in_every_head_pose(gaze: tuple[float, float], turn: np.ndarray) -> None:
    features = seen([gaze], [turn])
    got = gaze_directions(features.landmarks_px, features.arrays["iris"])[0]
    assert angle_deg(got[None], looking(*gaze)[None])[0] < 0.2


def test_angles_are_exact_also_when_small() -> None:
    a = np.array([[0, 0, 1.0]] * 3)
    b = np.stack([looking(1e-5, 0), looking(0, 30), looking(180, 0)])
    np.testing.assert_allclose(angle_deg(a, b), [1e-5, 30, 180], rtol=1e-6)


@pytest.mark.parametrize("offset_deg", [0.0, 5.0, 20.0])
def test_a_known_offset_in_is_the_known_error_out(offset_deg: float) -> None:
    turns = [rotation(10 * t, 3 * t) for t in range(4)]
    driver = seen([(5.0 * t, 0) for t in range(4)], turns)
    output = seen([(5.0 * t - offset_deg, 0) for t in range(4)], turns)
    score = score_case(METRIC, against(output, driver))
    assert score.value == pytest.approx(offset_deg, abs=0.2)
    assert score.frames_scored == 4


def test_only_the_eyes_count_not_the_head() -> None:
    gazes = [(10.0, 0.0)] * 3
    still, turning = seen(gazes), seen(gazes, [rotation(15 * t) for t in range(3)])
    assert score_case(METRIC, against(turning, still)).value == pytest.approx(0, abs=0.2)


def test_mirrored_gaze_is_twice_as_wrong() -> None:
    score = score_case(METRIC, against(seen([(-12.0, 0)]), seen([(12.0, 0)])))
    assert score.value == pytest.approx(24.0, abs=0.3)


def test_opening_is_height_over_width_in_any_rotation() -> None:
    for turn in (rotation(), rotation(0, 0, 50)):
        got = opening(seen([FRONT], [turn], shares={0: (0.05, 0.4)}).arrays["iris"])
        np.testing.assert_allclose(got, [[0.05, 0.4]], rtol=0.02)


def test_closed_eyes_have_no_gaze_and_a_wink_has_one() -> None:
    shut, wink = (0.5 * CLOSED_BELOW, 0.5 * CLOSED_BELOW), (0.5 * CLOSED_BELOW, 0.3)
    driver = seen([FRONT] * 4, shares={1: shut})
    output = seen([(7.0, 0)] * 4, shares={2: shut, 3: wink})
    score = score_case(METRIC, against(output, driver))
    assert (score.frames_expected, score.frames_scored) == (4, 2)
    assert score.failures == (("driver: eyes closed", 1), ("output: eyes closed", 1))
    assert score.value == pytest.approx(7.0, abs=0.2)


def test_what_cannot_be_scored_is_counted() -> None:
    driver = seen([FRONT] * 4)
    lost = score_case(METRIC, against(seen([FRONT] * 3, missing=(1,)), driver))
    assert (lost.frames_scored, lost.failures) == (2, (("output: frame missing", 1), ("output: no face", 1)))
    longer = score_case(METRIC, against(seen([FRONT] * 5), driver))
    assert (longer.value, longer.failures) == (None, (("output has more frames (5) than driver (4)", 4),))
    unknown = score_case(METRIC, against(video([shoot(person())] * 4), driver))
    assert (unknown.value, unknown.failures) == (None, (("output: irises not computed", 4),))


def test_an_iris_outside_the_eyeball_is_finite() -> None:
    features = seen([FRONT])
    features.arrays["iris"][:, :, 0, 0] += 50
    got = gaze_directions(features.landmarks_px, features.arrays["iris"])
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), 1.0)
    assert got[0, 0] > 0.9


def test_the_validations_gazes_are_seeded_and_cover_both_axes() -> None:
    gaze, head = gazes(seed=1)
    np.testing.assert_array_equal(gaze, gazes(seed=1)[0])
    assert gaze.shape == (45, 2) and head.shape == (45, 3)
    assert np.abs(gaze).max(axis=0)[0] <= 25 and np.abs(gaze).max(axis=0)[1] <= 15
    assert (head[:21] == 0).all() and np.abs(head[21:]).min() > 0
