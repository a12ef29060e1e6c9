"""THEval's measures: what differs between its code and the corrected form, and that as much motion is the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CARDS, CaseFeatures, FaceFeatures, score_set
from benchmark.metrics.records import case_of, case_record
from benchmark.metrics.theval import LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE, head_dynamics, lip_dynamics
from feed_dataset.core.faces.mesh_indices import LEFT_LIDS, RIGHT_LIDS
from tests.benchmark.metrics.faces import case, person, rotation, shoot, talking, video

NAMES = ("theval_lips", "theval_brows", "theval_head")
HW = (256, 256)


def seen(frames: list[np.ndarray], missing: tuple[int, ...] = (), hw: tuple[int, int] = HW) -> FaceFeatures:
    return replace(video(frames, missing), frame_hw=hw)


def compared(output: FaceFeatures, truth: FaceFeatures) -> CaseFeatures:
    return case(output, truth, truth, reference=truth)


def jittery(seed: int, amount: float, n: int = 20) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [
        shoot(person(), rotation(*random.normal(0, 3 * amount, 3))) + random.normal(0, amount, (468, 3))
        for _ in range(n)
    ]


@pytest.mark.parametrize("mode", ["theval", "corrected"])
@pytest.mark.parametrize("name", NAMES)
def test_as_much_as_the_truth_is_one_and_less_or_more_is_worse(name: str, mode: str) -> None:
    truth = seen(jittery(0, 1.0))
    values = [score_set(f"{name}[{mode}]", [compared(seen(jittery(1, a)), truth)]).value for a in (0.3, 1.0, 2.0)]
    same = score_set(f"{name}[{mode}]", [compared(truth, truth)]).value
    assert same == 1.0
    assert all(value is not None and value < same for value in values)
    assert values[1] == max(values)  # type: ignore[type-var]


def test_a_larger_picture_moves_more_in_thevals_head_only() -> None:
    small = jittery(0, 1.0)
    large = [frame * 2 for frame in small]
    raw, right = (
        [head_dynamics(seen(f, hw=hw), corrected=c) for f, hw in ((small, (256, 256)), (large, (512, 512)))]
        for c in (False, True)
    )
    assert raw[1] > 1.05 * raw[0]  # type: ignore[operator]
    assert right[1] == pytest.approx(right[0], rel=1e-3)


def test_thevals_lips_end_after_500_frames() -> None:
    frames = [*[talking(person())[0]] * 500, *talking(person())]
    assert lip_dynamics(seen(frames), corrected=False) == pytest.approx(0.0, abs=1e-9)
    assert lip_dynamics(seen(frames), corrected=True) > 1e-5  # type: ignore[operator]


def test_changes_over_a_gap_are_no_changes_of_neighbours() -> None:
    frames = jittery(0, 0.01, 10)
    for frame in frames[5:]:
        frame[list(LEFT_BROW + RIGHT_BROW), 1] -= 10
    gap, truth = seen(frames, (4,)), seen(jittery(1, 0.01, 10))
    found = [
        score_set(f"theval_brows[{mode}]", [compared(gap, truth)]).extra["mean"] for mode in ("theval", "corrected")
    ]
    assert found[0] > 5 * found[1]  # type: ignore[operator]


def test_a_case_without_a_face_is_left_out_and_counted() -> None:
    truth = seen(jittery(0, 1.0))
    blind = seen(jittery(0, 1.0), tuple(range(20)))
    score = score_set("theval_lips[theval]", [compared(truth, truth), compared(blind, truth)])
    assert (score.value, score.n, score.extra["n_lost"]) == (1.0, 1, 1.0)
    assert score_set("theval_lips[theval]", [compared(blind, truth)]).value is None
    assert score_set("theval_head[theval]", [replace(compared(truth, truth), reference=None)]).reason == "no reference"


def test_the_size_of_frames_goes_with_a_case_to_other_processes() -> None:
    one = compared(seen(jittery(1, 0.5)), seen(jittery(0, 1.0)))
    sent = case_of(case_record(one, CARDS["theval_head[theval]"]))
    whole, again = (score_set("theval_head[theval]", [c]).value for c in (one, sent))
    assert whole is not None and whole == again


def test_points_are_where_brows_and_eyes_are() -> None:
    lids = {point for pair in (*RIGHT_LIDS, *LEFT_LIDS) for point in pair}
    assert lids <= {*RIGHT_EYE, *LEFT_EYE}
    head = person()
    for brow, eye in ((RIGHT_BROW, RIGHT_EYE), (LEFT_BROW, LEFT_EYE)):
        assert head[list(brow), 1].mean() > head[list(eye), 1].mean()
    assert head[list(RIGHT_EYE), 0].mean() < 0 < head[list(LEFT_EYE), 0].mean()
