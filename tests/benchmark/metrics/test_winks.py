"""Winks of known frames."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.episodes import agreement, hysteresis
from benchmark.metrics.winks import wink_states
from tests.benchmark.metrics.faces import case, person, shoot, video

METRIC = "wink_f1[blendshapes52]"
LEFT, RIGHT = NAMES.index("eyeBlinkLeft"), NAMES.index("eyeBlinkRight")


def eyes(n: int = 40, left: tuple[int, ...] = (), right: tuple[int, ...] = (), depth: float = 0.5) -> np.ndarray:
    """[n, 52] in which an eye is closed in the given frames; both eyes are a little closed at rest."""
    out = np.zeros((n, 52), np.float32)
    out[:, [LEFT, RIGHT]] = 0.1
    out[list(left), LEFT] += depth
    out[list(right), RIGHT] += depth
    return out


def winking(output: np.ndarray, driver: np.ndarray, missing: tuple[int, ...] = ()) -> CaseFeatures:
    def one(values: np.ndarray, lost: tuple[int, ...] = ()):
        return video([shoot(person())] * len(values), lost, arrays={"blendshapes": values})

    return case(one(output, missing), one(driver), video([shoot(person())]))


EARLY, LATE = tuple(range(5, 12)), tuple(range(20, 27))
DRIVER = eyes(left=EARLY, right=LATE)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (DRIVER, 1.0),
        (eyes(left=EARLY), 2 / 3),  # precision 1, recall 1/2
        (eyes(left=LATE, right=EARLY), 0.0),  # the other eye: mirrored
        (eyes(left=EARLY + LATE, right=EARLY + LATE), 0.0),  # blinks
        (eyes(), 0.0),  # frozen
        (eyes(left=EARLY, right=LATE, depth=0.2), 0.0),  # too little
        (eyes(left=EARLY, right=(*LATE, 33, 34, 35)), 2 * (14 / 17) / (14 / 17 + 1)),  # one wink too many
    ],
)
def test_known_agreement(output: np.ndarray, expected: float) -> None:
    assert score_case(METRIC, winking(output, DRIVER)).value == pytest.approx(expected)


@pytest.mark.parametrize(("delay", "lowest", "highest"), [(1, 1.0, 1.0), (3, 0.6, 0.8), (10, 0.0, 0.0)])
def test_delay_costs_beyond_a_frame(delay: int, lowest: float, highest: float) -> None:
    value = score_case(METRIC, winking(np.roll(DRIVER, delay, axis=0), DRIVER)).value
    assert lowest <= value <= highest


@pytest.mark.parametrize("driver", [eyes(), eyes(left=EARLY, right=EARLY)])
def test_a_driver_that_does_not_wink_is_not_scored(driver: np.ndarray) -> None:
    score = score_case(METRIC, winking(DRIVER, driver))
    assert score.value is None
    assert score.failures == (("driver: does not wink", 40),)


def test_lost_frames_are_counted_and_end_a_wink() -> None:
    score = score_case(METRIC, winking(DRIVER, DRIVER, missing=(8, 9)))
    assert (score.frames_scored, score.failures) == (38, (("output: no face", 2),))
    assert score.value == pytest.approx(1.0)


def test_states_hold_between_the_thresholds() -> None:
    difference = np.array([0, 0.2, 0.3, 0.2, 0.16, 0.1, 0.2, -0.3, -0.2, np.nan, -0.2])
    assert wink_states(difference).tolist() == [0, 0, 1, 1, 1, 0, 0, -1, -1, 0, 0]
    with pytest.raises(ValueError, match="off <= on"):
        hysteresis(difference, 0.1, 0.2)


def test_agreement_adds_up() -> None:
    found = agreement(np.array([0, 1, 1, 0, 2]), np.array([0, 0, 1, 1, 1]), 0)
    assert (found.output_frames, found.output_right, found.driver_frames, found.driver_met) == (3, 1, 3, 1)
    assert found.f1 == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="at least once"):
        _ = agreement(np.array([1, 0]), np.array([0, 0]), 1).f1
