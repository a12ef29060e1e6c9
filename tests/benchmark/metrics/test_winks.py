"""Winks of known frames."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.blendshapes import NAMES
from benchmark.metrics.episodes import agreement, hysteresis
from benchmark.metrics.winks import OFF, OFF_IOD, ON, ON_IOD, closure_difference, opening_difference, wink_states
from feed_dataset.core.faces.mesh_indices import LEFT_LIDS, RIGHT_LIDS
from tests.benchmark.metrics.faces import case, move, person, rotation, shoot, video

COEFFICIENTS, LIDS = "wink_f1[blendshapes52]", "wink_f1[mesh478]"
LEFT, RIGHT = NAMES.index("eyeBlinkLeft"), NAMES.index("eyeBlinkRight")


def eyes(n: int = 40, left: tuple[int, ...] = (), right: tuple[int, ...] = (), depth: float = 0.5) -> np.ndarray:
    """[n, 52] in which an eye is closed in the given frames; both eyes are a little closed at rest."""
    out = np.zeros((n, 52), np.float32)
    out[:, [LEFT, RIGHT]] = 0.1
    out[list(left), LEFT] += depth
    out[list(right), RIGHT] += depth
    return out


def lids(coefficients: np.ndarray, seed: int | None = None) -> np.ndarray:
    """[n, 478, 3] of a turning head whose upper lids come down by a tenth of an eye distance for a closure of 1."""
    frames = []
    for t, row in enumerate(coefficients):
        head = person(seed)
        for pairs, closed in ((LEFT_LIDS, row[LEFT]), (RIGHT_LIDS, row[RIGHT])):
            head = move(head, tuple(upper for upper, _ in pairs), (0, -0.1 * float(closed), 0))
        frames.append(np.concatenate([shoot(head, rotation(12 * np.sin(t), -5, 4 * np.cos(t))), np.zeros((10, 3))]))
    return np.stack(frames)


def winking(output: np.ndarray, driver: np.ndarray, missing: tuple[int, ...] = ()) -> CaseFeatures:
    """Two people as both networks see them."""

    def one(values: np.ndarray, lost: tuple[int, ...] = (), seed: int = 3):
        arrays = {"blendshapes": values, "mesh478": lids(values, seed).astype(np.float32)}
        return video([shoot(person())] * len(values), lost, arrays=arrays)

    return case(one(output, missing, seed=8), one(driver), video([shoot(person())]))


EARLY, LATE = tuple(range(5, 12)), tuple(range(20, 27))
DRIVER = eyes(left=EARLY, right=LATE)


@pytest.mark.parametrize("metric", [COEFFICIENTS, LIDS])
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
def test_known_agreement(output: np.ndarray, expected: float, metric: str) -> None:
    assert score_case(metric, winking(output, DRIVER)).value == pytest.approx(expected)


@pytest.mark.parametrize("metric", [COEFFICIENTS, LIDS])
@pytest.mark.parametrize(("delay", "lowest", "highest"), [(1, 1.0, 1.0), (3, 0.6, 0.8), (10, 0.0, 0.0)])
def test_delay_costs_beyond_a_frame(delay: int, lowest: float, highest: float, metric: str) -> None:
    value = score_case(metric, winking(np.roll(DRIVER, delay, axis=0), DRIVER)).value
    assert lowest <= value <= highest


@pytest.mark.parametrize("metric", [COEFFICIENTS, LIDS])
@pytest.mark.parametrize("driver", [eyes(), eyes(left=EARLY, right=EARLY)])
def test_a_driver_that_does_not_wink_is_not_scored(driver: np.ndarray, metric: str) -> None:
    score = score_case(metric, winking(DRIVER, driver))
    assert score.value is None
    assert score.failures == (("driver: does not wink", 40),)


@pytest.mark.parametrize("metric", [COEFFICIENTS, LIDS])
def test_lost_frames_are_counted_and_end_a_wink(metric: str) -> None:
    score = score_case(metric, winking(DRIVER, DRIVER, missing=(8, 9)))
    assert (score.frames_scored, score.failures) == (38, (("output: no face", 2),))
    assert score.value == pytest.approx(1.0)


def test_states_hold_between_the_thresholds() -> None:
    difference = np.array([0, 0.2, 0.3, 0.2, 0.16, 0.1, 0.2, -0.3, -0.2, np.nan, -0.2])
    assert wink_states(difference, ON, OFF).tolist() == [0, 0, 1, 1, 1, 0, 0, -1, -1, 0, 0]
    openings = np.array([0, 0.029, 0.031, 0.021, 0.019, 0.021, -0.031, -0.021, -0.019])
    assert wink_states(openings, ON_IOD, OFF_IOD).tolist() == [0, 0, 1, 1, 0, 0, -1, -1, 0]
    with pytest.raises(ValueError, match="off <= on"):
        hysteresis(difference, 0.1, 0.2)


def test_differences_have_the_sign_of_the_eye_that_is_closed() -> None:
    """Of lids in eye distances, whatever the pose; both eyes alike make none."""
    values = eyes(4, left=(1, 3), right=(2, 3))
    np.testing.assert_allclose(closure_difference(values)[:, 0], [0, 0.5, -0.5, 0], atol=1e-6)
    opening = opening_difference(lids(values))[:, 0]
    np.testing.assert_allclose(opening - opening[0], [0, 0.05, -0.05, 0], atol=1e-6)


def test_agreement_adds_up() -> None:
    found = agreement(np.array([0, 1, 1, 0, 2]), np.array([0, 0, 1, 1, 1]), 0)
    assert (found.output_frames, found.output_right, found.driver_frames, found.driver_met) == (3, 1, 3, 1)
    assert found.f1 == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="at least once"):
        _ = agreement(np.array([1, 0]), np.array([0, 0]), 1).f1
