from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from benchmark.metrics import score_case
from benchmark.metrics.pose import angle_difference_deg, geodesic_deg
from tests.benchmark.metrics.faces import case, person, rotation, shoot, video

ERROR, TRANSFER = "pose_error_deg[mesh468]", "pose_transfer[mesh468]"
YAWS = np.linspace(0, 40, 9)


def turning(yaws: np.ndarray, who: int | None = None, pitch: float = 0.0) -> list[np.ndarray]:
    return [shoot(person(who), rotation(yaw, pitch)) for yaw in yaws]


def test_geodesic_equals_scipy_also_for_tiny_and_half_turns() -> None:
    vectors = np.array([[1e-7, 0, 0], [0, 0.3, 0.1], [1.2, -0.4, 2.0], [np.pi - 1e-9, 0, 0]])
    base = Rotation.random(4, np.random.default_rng(0))
    turned = base * Rotation.from_rotvec(vectors)
    expected = np.degrees(np.linalg.norm(vectors, axis=1))
    np.testing.assert_allclose(geodesic_deg(base.as_matrix(), turned.as_matrix()), expected, rtol=1e-6, atol=1e-12)


def test_angles_wrap() -> None:
    assert angle_difference_deg(np.array([179.0]), np.array([-179.0]))[0] == pytest.approx(-2.0)


@pytest.mark.parametrize("offset_deg", [0.0, 5.0, 17.0])
def test_a_known_rotation_in_is_the_known_error_out(offset_deg: float) -> None:
    score = score_case(ERROR, case(video(turning(YAWS + offset_deg)), video(turning(YAWS)), video(turning(YAWS[:1]))))
    assert score.value == pytest.approx(offset_deg, abs=0.02)
    assert score.frames_scored == 9


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_transfer_is_the_share_of_the_motion(share: float) -> None:
    source = video(turning(np.array([-10.0])))
    output = turning(-10.0 + share * YAWS)
    assert score_case(TRANSFER, case(video(output), video(turning(YAWS)), source)).value == pytest.approx(
        share, abs=0.01
    )


def test_copying_a_turned_source_does_not_win_and_absolute_transfer_does() -> None:
    source = video(turning(np.array([25.0]), who=5))
    driver = video(turning(YAWS))
    copied = case(video(turning(np.full(9, 25.0), who=5)), driver, source)
    absolute = case(video(turning(YAWS, who=5)), driver, source)
    assert score_case(TRANSFER, copied).value == pytest.approx(0.0, abs=1e-9)
    assert score_case(TRANSFER, absolute).value > 0.9
    assert score_case(ERROR, absolute).value < 2 < score_case(ERROR, copied).value


def test_mirrored_output_is_worse_than_a_still_one() -> None:
    driver, source = video(turning(YAWS)), video(turning(YAWS[:1]))
    assert score_case(TRANSFER, case(video(turning(-YAWS)), driver, source)).value < -0.5


def test_a_driver_with_a_still_head_is_not_scored() -> None:
    still = video(turning(np.zeros(4)))
    score = score_case(TRANSFER, case(still, still, video(turning(np.zeros(1)))))
    assert score.value is None
    assert score.failures == (("driver: head does not move", 4),)


def test_failures_are_counted() -> None:
    output = video(turning(YAWS), missing=(1, 2))
    source = video(turning(YAWS[:1]))
    for metric in (ERROR, TRANSFER):
        score = score_case(metric, case(output, video(turning(YAWS)), source))
        assert (score.frames_scored, score.failures) == (7, (("output: no face", 2),))
        nothing = score_case(metric, case(video(turning(YAWS), missing=tuple(range(9))), video(turning(YAWS)), source))
        assert nothing.value is None


def test_a_bad_first_frame_costs_that_frame_and_a_bad_first_second_the_clip() -> None:
    source, yaws = video(turning(YAWS[:1])), np.concatenate([YAWS, YAWS])
    late = case(video(turning(yaws), missing=(0, 1)), video(turning(yaws)), source)
    score = score_case(TRANSFER, late)
    assert score.value == pytest.approx(1.0) and score.failures == (("output: no face", 2),)
    slow = replace(late, fps=2.0)  # the first second has two frames
    reason = "no frame of the first second to compare with (output: no face)"
    score = score_case(TRANSFER, slow)
    assert score.value is None and dict(score.failures) == {"output: no face": 2, reason: len(yaws) - 2}
