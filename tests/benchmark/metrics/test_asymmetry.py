"""Left against right: exact answers."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_case
from benchmark.metrics.asymmetry import concordance
from benchmark.metrics.blendshapes import NAMES, SIDED, left_minus_right
from tests.benchmark.metrics.faces import case, move, person, rotation, shoot, video

MESH, COEFFICIENTS = "asymmetry[mesh478]", "asymmetry[blendshapes52]"
TURN = rotation(12, -5, 4)


def lopsided(left: float, right: float, n: int = 9) -> np.ndarray:
    """[n, 478, 3]: the corners of the mouth rise, each by its own amount; the first frame is at rest."""
    frames = []
    for phase in np.linspace(0, 1, n):
        head = move(move(person(), (291,), (0, left * phase, 0)), (61,), (0, right * phase, 0))
        frames.append(np.concatenate([shoot(head, TURN), np.zeros((10, 3))]))
    return np.stack(frames)


def meshes(output: np.ndarray, driver: np.ndarray) -> CaseFeatures:
    def one(points: np.ndarray):
        return video([shoot(person())] * len(points), arrays={"mesh478": points})

    return case(one(output), one(driver), video([shoot(person())]))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (0.3, 0.0, 1.0),  # as the driver
        (0.0, 0.3, -1.0),  # mirrored
        (0.15, 0.15, 0.0),  # even
        (0.15, 0.0, 0.8),  # half of it: 2 * 0.5 / (1 + 0.25)
        (0.6, 0.0, 0.8),  # twice: as far off as half
        (0.0, 0.0, 0.0),  # frozen
    ],
)
def test_known_shares(left: float, right: float, expected: float) -> None:
    score = score_case(MESH, meshes(lopsided(left, right), lopsided(0.3, 0.0)))
    assert score.value == pytest.approx(expected, abs=0.02)


def test_an_even_driver_is_not_scored() -> None:
    score = score_case(MESH, meshes(lopsided(0.3, 0.0), lopsided(0.3, 0.3)))
    assert score.value is None
    assert score.failures == (("driver: face moves evenly", 9),)


def test_delay_costs() -> None:
    driver = np.concatenate([lopsided(0.3, 0.0), lopsided(0.3, 0.0)[::-1]])
    delayed = np.concatenate([driver[:1].repeat(6, axis=0), driver[:-6]])
    assert score_case(MESH, meshes(delayed, driver)).value < 0.85


def test_every_pair_of_coefficients_counts_and_mirroring_them_turns_the_sign() -> None:
    assert len(SIDED) == 16
    for name in SIDED:
        driver = np.zeros((6, 52), np.float32)
        driver[1:, NAMES.index(f"{name}Left")] = 0.6
        mirrored = np.zeros((6, 52), np.float32)
        mirrored[1:, NAMES.index(f"{name}Right")] = 0.6
        faces = [video([shoot(person())] * 6, arrays={"blendshapes": one}) for one in (driver, mirrored)]
        assert score_case(COEFFICIENTS, case(faces[0], faces[0], faces[0])).value == pytest.approx(1)
        assert score_case(COEFFICIENTS, case(faces[1], faces[0], faces[0])).value == pytest.approx(-1)
        assert left_minus_right(driver)[1].sum() == pytest.approx(0.6)


def test_concordance_against_its_definition_and_bounds() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 20, 3))
    by_hand = sum(2 * x * y for x, y in zip(a.ravel(), b.ravel(), strict=True)) / ((a**2).sum() + (b**2).sum())
    assert concordance(a, b) == pytest.approx(by_hand)
    assert concordance(a, a) == pytest.approx(1) and concordance(-a, a) == pytest.approx(-1)
    with pytest.raises(ValueError, match="both are even"):
        concordance(np.zeros((3, 2)), np.zeros((3, 2)))
