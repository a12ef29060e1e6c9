"""Flicker and jitter: still heads and heads that move get what was planted, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.flicker import accelerations
from tests.benchmark.metrics.faces import case, person, rotation, shoot, video

HEAD = person()


def turning(n: int = 20) -> list[np.ndarray]:
    return [shoot(HEAD, rotation(20 * np.sin(t / 6))) for t in range(n)]


def compared(output: list[np.ndarray], driver: list[np.ndarray], **arrays: np.ndarray) -> CaseFeatures:
    return case(video(output), video(driver), video(driver[:1]))


def shaken(frames: list[np.ndarray], size_px: float) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [frame + [*random.normal(0, size_px, 2), 0] for frame in frames]


def test_jitter_of_a_moving_head_is_what_was_planted() -> None:
    frames = turning()
    errors = [score_case("jitter_error[mesh468]", compared(shaken(frames, s), frames)).value for s in (0, 0.5, 1, 2)]
    assert errors[0] == 0.0
    assert errors == sorted(errors)  # type: ignore[type-var]
    assert errors[3] / errors[2] == pytest.approx(2, rel=0.2)  # type: ignore[operator]


def test_smooth_motion_has_little_acceleration_and_a_straight_one_none() -> None:
    line = np.stack([shoot(HEAD, at_px=(100 + 3 * t, 90 - t)) for t in range(6)])
    np.testing.assert_allclose(accelerations(line), 0, atol=1e-12)
    line[3] = np.nan
    assert np.isnan(accelerations(line)).tolist() == [False, True, True, True]


def test_a_gap_counts_as_the_three_accelerations_around_it() -> None:
    frames = turning(10)
    features = case(video(frames, (4,)), video(frames), video(frames[:1]))
    score = score_case("jitter_error[mesh468]", features)
    assert (score.frames_expected, score.frames_scored, score.failures) == (8, 5, (("output: no face", 3),))


def test_steps_need_a_face_before_them() -> None:
    steps = np.arange(12, dtype=np.float32).reshape(6, 2)
    steps[[0, 3, 4]] = np.nan
    driver = np.ones((6, 2), np.float32)
    output = video(turning(6), (3,), {"face-steps": steps})
    features = case(output, video(turning(6), (), {"face-steps": driver}), video(turning(1)))
    score = score_case("temporal_error", features)
    assert score.value == pytest.approx(np.mean([abs(steps[t, 0] - 1) for t in (1, 2, 5)]))
    assert score.failures == (("output: no face", 1), ("output: no face in the frame before", 1))
    assert score_case("warping_error[dis]", features).value == pytest.approx(1000 * steps[[1, 2, 5], 1].mean())


def test_tlp_compares_neighbours_with_neighbours() -> None:
    steps = {name: np.array([[np.nan], [a], [b]], np.float32) for name, a, b in (("o", 0.1, 0.3), ("r", 0.2, 0.1))}
    videos = {name: video(turning(3), (0, 1, 2), {"lpips-steps[alex]": rows}) for name, rows in steps.items()}
    features = case(videos["o"], videos["r"], videos["r"], reference=videos["r"])
    assert score_case("tlp[alex]", features).value == pytest.approx(150.0, rel=1e-5)  # no face is needed
    shorter = replace(videos["o"], landmarks_px=videos["o"].landmarks_px[:2], reasons=("no face",) * 2)
    shorter = replace(shorter, arrays={"lpips-steps[alex]": steps["o"][:2]})
    score = score_case("tlp[alex]", replace(features, output=shorter))
    assert (score.value, score.failures) == (pytest.approx(100.0, rel=1e-5), (("output: frame missing", 1),))
