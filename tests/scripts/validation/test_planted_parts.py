"""Planted motion: each part moves by its own share, and the tables order what follows it, and only that."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.features.types.case import FaceFeatures
from benchmark.metrics.blendshapes import NAMES
from scripts.validation.parts_figures import LAGS_S, Spoken, exact_line, lag_lines, late, share_lines
from scripts.validation.planted_parts import (
    AMOUNTS,
    FRAMES,
    PARTS,
    SPOKEN,
    TIMES_S,
    Person,
    Planted,
    controls,
    mixed_amounts,
)

JAW, CHEEK = NAMES.index("jawOpen"), NAMES.index("cheekPuff")
SPEECH = np.zeros((FRAMES, len(NAMES)))
SPEECH[:, JAW], SPEECH[:, CHEEK] = np.linspace(0.1, 0.4, FRAMES), 0.3


def test_in_mixed_clips_every_part_has_each_amount_once() -> None:
    clips = mixed_amounts(0)
    for part in PARTS:
        assert sorted(one[part] for one in clips) == sorted(AMOUNTS)
    assert mixed_amounts(0) == clips != mixed_amounts(1)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_moves_by_its_share_and_the_others_stay(part: str) -> None:
    still = dict.fromkeys(PARTS, 0.0)
    faces, head_deg = controls(SPEECH, NAMES, still, phase=1.0)
    assert not any(faces) and not head_deg.any()
    sizes = []
    for amount in (0.5, 1.0):
        faces, head_deg = controls(SPEECH, NAMES, still | {part: amount}, phase=1.0)
        sizes.append(np.abs(head_deg).max() if part == "head" else max(max(face.values(), default=0) for face in faces))
        moving = [frame for frame, face in enumerate(faces) if face]
        if part == "lips":
            assert max(moving) < SPOKEN and all(set(faces[frame]) == {"jawOpen"} for frame in moving)
        if part == "silence":
            assert min(moving) >= SPOKEN
    assert sizes[1] == pytest.approx(2 * sizes[0]) and sizes[0] > 0


def test_scores_that_follow_the_share_are_ordered_right_and_too_much_motion_is_left_out() -> None:
    amounts = np.array([AMOUNTS, AMOUNTS[::-1]])
    scores = 1 - np.abs(amounts - 1)
    lines = share_lines("theval_lips[theval]", "lips", scores, amounts)
    assert [line.value for line in lines] == pytest.approx([1.0, 1.0]) and [line.n for line in lines] == [5, 10]
    assert lines[1].note.endswith("1: 1.00, 1.5: 0.50")
    assert not any(line.reached for line in share_lines("theval_lips[theval]", "lips", -scores, amounts))


def test_what_rises_with_the_lag_is_ordered_right() -> None:
    lags = np.array([LAGS_S, LAGS_S])
    assert [line.value for line in lag_lines("m", lags, LAGS_S, "lag", "clip")] == pytest.approx([1.0, 1.0])
    assert [line.reached for line in lag_lines("m", -lags, LAGS_S, "lag", "clip")] == [False, False]
    falling = lag_lines("m", -lags, LAGS_S, "lag", "clip", falls=True)
    assert [line.reached for line in falling] == [True, True] and falling[1].note.endswith("0.32 s: -0.32")


def seen(shift: float) -> FaceFeatures:
    points = np.random.default_rng(0).uniform(0, 200, (FRAMES, 468, 3)).astype(np.float32)
    points[:, 0] += shift
    return FaceFeatures(points, (None,) * FRAMES, frame_hw=(256, 256), times_s=TIMES_S)


def test_late_pictures_keep_their_frames_and_change_their_times() -> None:
    clip = Spoken(seen(0), {})
    on_time, after = late(clip, 0.0), late(clip, LAGS_S[-1])
    assert len(on_time.output) == len(after.output) < FRAMES and after.reference is not None
    np.testing.assert_array_equal(on_time.output.landmarks_px, after.output.landmarks_px)
    assert after.output.times_s is not None and after.reference.times_s is not None
    np.testing.assert_allclose(after.output.times_s - after.reference.times_s, LAGS_S[-1])
    assert after.output.times_s[-1] <= TIMES_S[-1]


def test_what_is_seen_is_compared_with_what_is_exact() -> None:
    shifts = [(0, 0), (1, 2), (3, 7)]  # seen, exact
    true, *mixed = (Planted({}, seen(a), seen(b), np.eye(3)[None]) for a, b in shifts)
    line = exact_line("lmd", [Person(true, {}, mixed)], lambda _, case: _apart(case.output, case.reference), "exact")
    assert line.n == 3 and line.value == pytest.approx(1.0)


def _apart(one: FaceFeatures, other: FaceFeatures | None) -> float:
    assert other is not None
    return float(np.abs(one.landmarks_px - other.landmarks_px).mean())
