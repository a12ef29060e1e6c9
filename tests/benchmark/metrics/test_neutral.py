"""One bad first frame costs that frame and no clip; a clip that moves at once keeps its motion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.neutral import MIN_FRAMES, neutral_row
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
)


def test_a_first_frame_that_the_others_do_not_bear_out_is_passed_over() -> None:
    wrong = STILL.copy()
    wrong[0] = 5.0
    assert neutral_row((STILL, STILL), GOOD, 25.0) == 0
    assert neutral_row((wrong, STILL), GOOD, 25.0) == neutral_row((STILL, wrong), GOOD, 25.0) == 1
    twice = wrong.copy()
    twice[1] = -7.0
    assert neutral_row((twice, STILL), GOOD, 25.0) == 2


@pytest.mark.parametrize("rest", [1, 2, 5, 20])
def test_a_clip_that_moves_at_once_keeps_its_rest(rest: int) -> None:
    """The middle of the first second would be amid the motion."""
    motion = np.maximum(np.arange(FRAMES) - rest + 1, 0)[:, None] * 0.1 + STILL
    assert neutral_row((motion, motion), GOOD, 25.0) == 0


def test_a_face_at_rest_that_jumps_into_an_expression_and_holds_it_keeps_its_rest() -> None:
    held = STILL + (np.arange(FRAMES) >= 2)[:, None]
    assert neutral_row((held, held), GOOD, 25.0) == 0


def test_the_first_second_has_to_have_enough_frames_to_tell() -> None:
    """Clips that were thinned to some frames a second may change at once between two of them."""
    wrong = STILL.copy()
    wrong[0] = 5.0
    assert neutral_row((wrong, STILL), GOOD, MIN_FRAMES - 1) == 0
    assert neutral_row((wrong, STILL), GOOD, MIN_FRAMES) == 1
    assert neutral_row((wrong[:1], STILL[:1]), (None, *["lost"] * (FRAMES - 1)), 25.0) == 0


def test_frames_after_the_first_second_say_nothing() -> None:
    wild = STILL.copy()
    wild[10:] = np.random.default_rng(0).normal(0, 9, (FRAMES - 10, 1))
    wild[0] = 5.0
    assert neutral_row((wild, wild), GOOD, 10.0) == 1


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
