"""Tongue areas of known size."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.features.extractors.tongue_untellable import Untellable
from benchmark.features.types.case import FaceFeatures
from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.tongue import tongue_out
from tests.benchmark.metrics.faces import case, move, person, shoot, video

F1, TRANSFER = "tongue_f1[mesh468]", "tongue_transfer[mesh468]"


def areas(*out: float, rest: float = 0.0, beyond: float = 0.25, untellable: Untellable = Untellable.NO) -> np.ndarray:
    """[T, 4] with this much tongue, on top of what is taken for it at rest, and this share of it beyond the lips."""
    joined = np.array([0.0, *out])
    rows = [joined + rest + 0.05, joined + rest, beyond * joined + rest, np.full(len(joined), float(untellable))]
    return np.stack(rows, axis=1).astype(np.float32)


def tongues(output: np.ndarray, driver: np.ndarray) -> CaseFeatures:
    def one(values: np.ndarray) -> FaceFeatures:
        return video([shoot(person())] * len(values), arrays={"tongue": values})

    return case(one(output), one(driver), video([shoot(person())]))


DRIVER = areas(0, 0.05, 0.1, 0.1, 0.05, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("output", "f1", "transfer"),
    [
        (DRIVER, 1.0, 1.0),
        (areas(0, 0.05, 0.1, 0.1, 0.05, 0, 0, 0, 0, rest=0.2), 1.0, 1.0),  # relative to the own first frame
        (areas(*[0] * 9), 0.0, 0.0),  # never
        (areas(0, 0.025, 0.05, 0.05, 0.025, 0, 0, 0, 0), 1.0, 1 - 0.175 / 0.3),  # half: too little to begin with
        (areas(*[0] * 6, 0.1, 0.1, 0), 0.0, 1 - 0.5 / 0.3),  # at another time
        (areas(0, 0.05, 0.1, 0.1, 0.05, -0.1, 0, 0, 0), 1.0, 1.0),  # less than at rest is none
        (areas(0, 0.05, 0.1, 0.1, 0.05, 0, 0, 0, 0, beyond=0.03), 0.0, 0.0),  # all of it in an open mouth
        (areas(0, 0.05, 0.1, 0.1, 0.05, 0.014, 0, 0, 0, beyond=0.2), 1.0, 1.0),  # small at last: not out any more
    ],
)
def test_known_answers(output: np.ndarray, f1: float, transfer: float) -> None:
    assert score_case(F1, tongues(output, DRIVER)).value == pytest.approx(f1, abs=1e-6)
    assert score_case(TRANSFER, tongues(output, DRIVER)).value == pytest.approx(transfer, abs=1e-5)


@pytest.mark.parametrize("metric", [F1, TRANSFER])
def test_a_driver_without_a_tongue_is_not_scored(metric: str) -> None:
    score = score_case(metric, tongues(DRIVER, areas(*[0.029] * 9)))
    assert score.value is None
    assert score.failures == (("driver: does not put its tongue out", 10),)


@pytest.mark.parametrize("metric", [F1, TRANSFER])
def test_a_driver_whose_tongue_lies_in_an_open_mouth_is_not_scored(metric: str) -> None:
    inside = areas(*[0.1] * 9, beyond=0.03)
    assert score_case(metric, tongues(DRIVER, inside)).failures == (("driver: does not put its tongue out", 10),)


def test_a_tongue_that_is_out_stays_out_down_to_half_of_either_area() -> None:
    joined = np.array([0.03, 0.016, 0.014, 0.03, 0.03, 0.03, np.nan, 0.02])
    beyond = np.array([0.004, 0.004, 0.004, 0.0039, 0.004, 0.0021, np.nan, 0.003])
    out = tongue_out(np.stack([joined, beyond], axis=1))
    assert out.tolist() == [True, True, False, False, True, True, False, False]


@pytest.mark.parametrize("metric", [F1, TRANSFER])
@pytest.mark.parametrize("who", ["driver", "output"])
@pytest.mark.parametrize(
    ("why", "words"),
    [
        (Untellable.DARK, "the first frame is too dark"),
        (Untellable.BRIGHT, "the first frame is overexposed"),
        (Untellable.BLUE_LIPS, "the lips are as blue as a tongue"),
    ],
)
def test_where_a_tongue_cannot_be_told_there_is_no_value(metric: str, who: str, why: Untellable, words: str) -> None:
    unclear = areas(0, 0.05, 0.1, 0.1, 0.05, 0, 0, 0, 0, untellable=why)
    score = score_case(metric, tongues(DRIVER, unclear) if who == "driver" else tongues(unclear, DRIVER))
    assert score.value is None
    assert score.failures[0][0].startswith(f"{who}: {words}")


@pytest.mark.parametrize("metric", [F1, TRANSFER])
def test_frames_without_a_face_are_counted(metric: str) -> None:
    output = DRIVER.copy()
    output[8] = np.nan
    score = score_case(metric, tongues(output, DRIVER))
    assert (score.frames_expected, score.frames_scored) == (10, 9)
    assert score.failures == (("output: the network gave nothing", 1),)
    assert score.value == pytest.approx(1.0)


@pytest.mark.parametrize("metric", [F1, TRANSFER])
@pytest.mark.parametrize("who", ["driver", "output"])
def test_where_the_first_frame_has_an_open_mouth_nothing_can_be_told(metric: str, who: str) -> None:
    lower = (88, 178, 87, 14, 317, 402, 318)
    shut, wide = shoot(person()), shoot(move(person(), lower, (0, -0.3, 0)))
    at_rest = video([shut] * len(DRIVER), arrays={"tongue": DRIVER})
    speaks = video([wide, *[shut] * (len(DRIVER) - 1)], arrays={"tongue": DRIVER})
    sides = (at_rest, speaks) if who == "driver" else (speaks, at_rest)
    score = score_case(metric, case(*sides, video([shut])))
    assert score.value is None
    assert score.failures[0][0].startswith(f"{who}: the first frame has an open mouth")
    later = video([shut, wide, *[shut] * (len(DRIVER) - 2)], arrays={"tongue": DRIVER})
    assert score_case(metric, case(later, at_rest, video([shut]))).value == pytest.approx(1.0)
