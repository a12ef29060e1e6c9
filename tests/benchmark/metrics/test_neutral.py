"""Bad first frames cost those frames and no clip; a clip that moves at once keeps its motion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.neutral import ENOUGH_FRAMES, PASSED_OVER, neutral_row
from tests.benchmark.metrics.faces import MOUTH_OPEN, case, move, person, rotation, shoot, video

FRAMES = 30
GOOD = (None,) * FRAMES
STILL = np.linspace(0.0, 0.02, FRAMES)[:, None] + 0.001 * np.sin(3 * np.arange(FRAMES))[:, None]
"""Rest as a network sees it."""
LOWER_LIP = (88, 178, 87, 14, 317, 402, 318)
TALK = 0.5 - 0.5 * np.cos(np.arange(FRAMES) / 3)  # from 0 to 1 and back
ALL = (
    "expression_transfer[mesh468]",
    "expression_error[mesh468]",
    "pose_transfer[mesh468]",
    "intensity[mesh468]",
    "intensity_error[mesh468]",
    "intensity[mesh478]",
    "intensity[blendshapes52]",
    "asymmetry[mesh478]",
    "asymmetry[blendshapes52]",
    "wink_f1[blendshapes52]",
    "wink_f1[mesh478]",
)


def with_first(*values: float) -> np.ndarray:
    """Rest, after some frames that are bad."""
    rows = STILL.copy()
    rows[: len(values), 0] = values
    return rows


TALKING = 0.5 * TALK[:, None] + STILL


@pytest.mark.parametrize("bad", [(5.0,), (5.0, -7.0), (5.0, 5.0), (5.0, 5.1, 4.9), (5.0, 5.0, 5.0, -7.0, 5.0)])
@pytest.mark.parametrize("rest", [STILL, TALKING], ids=["rest", "talk"])
def test_bad_first_frames_of_one_video_are_passed_over(bad: tuple[float, ...], rest: np.ndarray) -> None:
    """Also a run of equal ones, which no step tells."""
    wrong = rest.copy()
    wrong[: len(bad), 0] += bad
    assert neutral_row(rest, rest, GOOD, 25.0) == 0
    assert neutral_row(wrong, rest, GOOD, 25.0) == neutral_row(rest, wrong, GOOD, 25.0) == len(bad)


def test_what_is_bad_in_both_is_told_one_by_one() -> None:
    both = with_first(5.0)
    assert neutral_row(both, both, GOOD, 25.0) == 1
    run = with_first(5.0, 5.0)
    assert neutral_row(run, run, GOOD, 25.0) == 0  # may as well be a face that jumps from its rest


def test_no_more_than_a_fifth_of_the_first_second_is_passed_over() -> None:
    assert neutral_row(with_first(*[5.0] * 5), STILL, GOOD, 25.0) == 5
    assert neutral_row(with_first(*[5.0] * 6), STILL, GOOD, 25.0) == 0


@pytest.mark.parametrize("rest", [1, 2, 5, 20])
@pytest.mark.parametrize("share", [0.0, 0.6, 1.0])
def test_a_clip_that_moves_at_once_keeps_its_rest(rest: int, share: float) -> None:
    """The middle of the first second would be amid the motion. `share`: how far the output follows."""
    motion = np.maximum(np.arange(FRAMES) - rest + 1, 0)[:, None] * 0.1 + STILL
    assert neutral_row(share * motion, motion, GOOD, 25.0) == 0


@pytest.mark.parametrize("share", [0.0, 0.6, 1.0])
def test_a_face_that_holds_an_expression_after_its_rest_keeps_its_rest(share: float) -> None:
    held = STILL + (np.arange(FRAMES) >= 6)[:, None]
    assert neutral_row(share * held, held, GOOD, 25.0) == 0
    assert neutral_row(held, held, GOOD, 25.0) == 0


def test_of_few_frames_a_driver_is_never_passed_over_and_an_output_where_it_alone_moves() -> None:
    """Clips that were thinned to some frames a second may change at once between two of them."""
    wrong = with_first(5.0)
    for fps in range(PASSED_OVER, ENOUGH_FRAMES):
        assert neutral_row(wrong, STILL, GOOD, fps) == 1
        assert neutral_row(STILL, wrong, GOOD, fps) == neutral_row(0.6 * wrong, wrong, GOOD, fps) == 0
    assert neutral_row(STILL, wrong, GOOD, ENOUGH_FRAMES) == 1
    assert neutral_row(wrong, STILL, GOOD, PASSED_OVER - 1) == 0
    assert neutral_row(wrong[:1], STILL[:1], (None, *["lost"] * (FRAMES - 1)), 25.0) == 0


def test_frames_after_the_first_second_say_nothing() -> None:
    wild = STILL.copy()
    wild[10:] = np.random.default_rng(0).normal(0, 9, (FRAMES - 10, 1))
    wild[0] = 5.0
    assert neutral_row(wild, wild, GOOD, 10.0) == 1


def test_rounding_is_no_difference() -> None:
    """A constant offset that is added and taken away again leaves other digits in every frame."""
    shifted = TALKING + 0.1
    assert np.any(shifted - TALKING != 0.1)
    assert neutral_row(shifted, TALKING, GOOD, 25.0) == 0


def clip(amount: float, first: int | None = None, missing: tuple[int, ...] = ()) -> object:
    """A person who talks, turns, smiles one-sidedly and winks by an amount; `first`: frame 0 shows a stranger."""
    heads, rows = [], np.full((FRAMES, 52), 0.1) + 0.002 * np.sin(np.arange(FRAMES * 52)).reshape(FRAMES, 52)
    for t, phase in enumerate(amount * TALK):
        head = move(person(3), MOUTH_OPEN, (0, -0.3 * phase, 0))
        head = move(head, (291,), (0.05 * phase, 0.15 * phase, 0))
        head = move(head, (385, 386, 387), (0, -0.06 * phase, 0))
        heads.append(shoot(head, rotation(20 * phase, -8 * phase, 5 * phase)))
        for name, most in (("jawOpen", 0.8), ("mouthSmileLeft", 0.9), ("eyeBlinkLeft", 0.6), ("browDownLeft", 0.8)):
            rows[t, NAMES.index(name)] += most * phase
    if first is not None:
        stranger = move(person(9), LOWER_LIP, (0, -0.5, 0))
        heads[0] = shoot(move(stranger, (61,), (0.2, 0.3, 0)), rotation(-50, 25, 30))
        rows[0] = np.random.default_rng(first).uniform(0, 0.5, 52)
    points = np.stack(heads)
    mesh478 = np.concatenate([points, np.zeros((FRAMES, 10, 3))], axis=1)
    arrays = {"blendshapes": rows.astype(np.float32), "mesh478": mesh478.astype(np.float32)}
    for lost in missing:
        for array in arrays.values():
            array[lost] = np.nan
    return video(list(points), missing=missing, arrays=arrays)


def scored(output: object, driver: object) -> CaseFeatures:
    return case(output, driver, video([shoot(person())]), fps=25.0)  # type: ignore[arg-type]


WRONG: dict[str, Callable[[], CaseFeatures]] = {
    "output": lambda: scored(clip(0.9, first=1), clip(1.0)),
    "driver": lambda: scored(clip(0.9), clip(1.0, first=1)),
    "both": lambda: scored(clip(0.9, first=1), clip(1.0, first=2)),
}


@pytest.mark.parametrize("who", WRONG)
@pytest.mark.parametrize("metric", ALL)
def test_a_wrong_first_frame_costs_as_much_as_a_lost_one(metric: str, who: str) -> None:
    """Relative to the wrong frame, transfer would fall far below 0."""
    whole = score_case(metric, scored(clip(0.9), clip(1.0)))
    lost = score_case(metric, scored(clip(0.9, missing=(0,)), clip(1.0)))
    wrong = score_case(metric, WRONG[who]())
    assert whole.value is not None and lost.value is not None and wrong.value is not None
    assert lost.value == pytest.approx(whole.value, abs=0.03)
    assert lost.failures == (("output: no face", 1),)
    assert wrong.frames_scored == FRAMES
    reach = 0.35 if who == "both" else 0.25  # that frame itself is scored, and wrong
    assert wrong.value == pytest.approx(whole.value, abs=reach)
