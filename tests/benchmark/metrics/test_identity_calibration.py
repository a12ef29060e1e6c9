"""The two lines beside a CSIM: known people in, known similarities out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, FaceFeatures, score_set
from benchmark.metrics.identity_calibration import PAIRS, csim_calibration
from tests.benchmark.metrics.faces import case, person, shoot, video

METRIC = "csim_calibration[arcface]"
FRAME = shoot(person())


def clip(rows: np.ndarray) -> FaceFeatures:
    return video([FRAME] * len(rows), arrays={"arcface": rows.astype(np.float32)})


def of(subject: str, rows: np.ndarray) -> CaseFeatures:
    seen = clip(rows)
    return replace(case(seen, seen, clip(rows[:1])), case_id=f"{subject}-{len(rows)}", cluster=subject)


def people(angle_deg: float, spread: float, clips: int = 2, frames: int = 6, seed: int = 0) -> list[CaseFeatures]:
    """Two people whose descriptors lie `angle_deg` apart, with noise around each."""
    rng = np.random.default_rng(seed)
    turn = np.radians(angle_deg)
    centres = {"A": np.eye(64)[0], "B": np.cos(turn) * np.eye(64)[0] + np.sin(turn) * np.eye(64)[1]}
    return [
        of(who, centre + spread * rng.normal(size=(frames, 64)))
        for who, centre in centres.items()
        for _ in range(clips)
    ]


def test_known_people_give_the_known_lines() -> None:
    score = score_set(METRIC, people(60.0, spread=1e-3))
    assert score.extra["same"] == pytest.approx(1.0, abs=1e-3)
    assert score.extra["different"] == pytest.approx(0.5, abs=1e-3)
    assert score.value == pytest.approx(0.5, abs=2e-3)
    assert (score.extra["subjects"], score.extra["clips"], score.n) == (2.0, 4.0, 24)
    assert score.extra["pairs_same"] == score.extra["pairs_different"] == PAIRS
    assert score.extra["pairs_same_across_clips"] == PAIRS


def test_the_lines_equal_all_pairs_by_brute_force() -> None:
    cases = people(70.0, spread=0.15, clips=3, frames=10)
    rows = [c.driver.arrays["arcface"].astype(np.float64) for c in cases]
    unit = [r / np.linalg.norm(r, axis=1, keepdims=True) for r in rows]
    same = np.mean([(unit[i] @ unit[j].T).mean() for i in range(6) for j in range(6) if i != j and i // 3 == j // 3])
    different = np.mean([(unit[i] @ unit[j].T).mean() for i in range(3) for j in range(3, 6)])
    score = score_set(METRIC, cases)
    assert score.extra["same"] == pytest.approx(same, abs=0.01)
    assert score.extra["different"] == pytest.approx(different, abs=0.01)


def test_many_cases_of_one_driver_weigh_as_one_and_order_does_not_matter() -> None:
    cases = people(80.0, spread=0.2)
    again = [replace(cases[0], case_id=f"again-{k}") for k in range(20)]
    assert score_set(METRIC, cases + again) == score_set(METRIC, cases)
    assert score_set(METRIC, cases[::-1]) == score_set(METRIC, cases)


def test_the_draw_is_seeded() -> None:
    cases = people(80.0, spread=0.2)
    a, b = csim_calibration(cases, "arcface", seed=0), csim_calibration(cases, "arcface", seed=1)
    assert a == csim_calibration(cases, "arcface", seed=0)
    assert a.value != b.value and a.value == pytest.approx(b.value, abs=0.03)


def test_a_subject_with_one_clip_pairs_its_far_frames() -> None:
    drifting = np.stack([np.cos(np.linspace(0, 1, 9)), np.sin(np.linspace(0, 1, 9))], axis=1)
    score = score_set(METRIC, [of("A", drifting), of("B", -drifting)])
    assert score.extra["pairs_same_across_clips"] == 0.0
    assert score.extra["same"] <= np.cos(0.5) + 1e-6  # never two neighbours
    assert score.extra["different"] < 0


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_very_short_clips(frames: int) -> None:
    score = score_set(METRIC, people(60.0, spread=1e-3, clips=1, frames=frames))
    if frames == 1:
        assert (score.value, score.reason) == (None, "expected two frames of one subject among drivers and references")
    else:
        assert score.extra["same"] == pytest.approx(1.0, abs=1e-3)


def test_what_is_missing_is_said() -> None:
    one = score_set(METRIC, people(60.0, spread=0.1)[:2])
    assert (one.value, one.reason) == (None, "expected two subjects among drivers and references")
    assert one.extra["same"] > 0.3 and one.extra["pairs_different"] == 0.0
    nothing = score_set(METRIC, [of("A", np.full((3, 8), np.nan))])
    assert (nothing.value, nothing.n, nothing.reason) == (None, 0, "no descriptors of drivers or references")
    assert score_set("csim_calibration[dlib]", people(60.0, spread=0.1)).value is None
    assert score_set(METRIC, []).value is None
