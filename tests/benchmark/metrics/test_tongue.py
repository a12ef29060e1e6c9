"""Tongue areas of known size."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from tests.benchmark.metrics.faces import case, move, person, shoot, video

F1, TRANSFER = "tongue_f1[mesh468]", "tongue_transfer[mesh468]"


def areas(*out: float, rest: float = 0.0) -> np.ndarray:
    """[T, 2] with this lit area, on top of what is taken for tongue at rest."""
    lit = np.array([0.0, *out]) + rest
    return np.stack([lit + 0.05, lit], axis=1).astype(np.float32)


def tongues(output: np.ndarray, driver: np.ndarray) -> CaseFeatures:
    def one(values: np.ndarray):
        return video([shoot(person())] * len(values), arrays={"tongue": values})

    return case(one(output), one(driver), video([shoot(person())]))


DRIVER = areas(0, 0.05, 0.1, 0.1, 0.05, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("output", "f1", "transfer"),
    [
        (DRIVER, 1.0, 1.0),
        (areas(0, 0.05, 0.1, 0.1, 0.05, 0, 0, 0, 0, rest=0.2), 1.0, 1.0),  # relative to the own first frame
        (areas(*[0] * 9), 0.0, 0.0),  # never
        (areas(0, 0.025, 0.05, 0.05, 0.025, 0, 0, 0, 0), 1.0, 0.5),  # half of it: a frame's tolerance for the edges
        (areas(*[0] * 6, 0.1, 0.1, 0), 0.0, 1 - 0.5 / 0.3),  # at another time
        (areas(0, 0.05, 0.1, 0.1, 0.05, -0.1, 0, 0, 0), 1.0, 1.0),  # less than at rest is none
    ],
)
def test_known_answers(output: np.ndarray, f1: float, transfer: float) -> None:
    assert score_case(F1, tongues(output, DRIVER)).value == pytest.approx(f1, abs=1e-6)
    assert score_case(TRANSFER, tongues(output, DRIVER)).value == pytest.approx(transfer, abs=1e-5)


@pytest.mark.parametrize("metric", [F1, TRANSFER])
def test_a_driver_without_a_tongue_is_not_scored(metric: str) -> None:
    score = score_case(metric, tongues(DRIVER, areas(*[0.02] * 9)))
    assert score.value is None
    assert score.failures == (("driver: does not put its tongue out", 10),)


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
