"""Single coefficients and their distribution: the worst is named, and E-FID is the Frechet distance of 51 numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from benchmark.metrics import CaseFeatures, score_set
from benchmark.metrics.blendshapes import NAMES
from tests.benchmark.metrics.faces import case, person, shoot, video

FACE = shoot(person())


def compared(output: np.ndarray, driver: np.ndarray, missing: tuple[int, ...] = ()) -> CaseFeatures:
    sides = [
        video([FACE] * len(rows), lost, {"blendshapes": rows.astype(np.float32)})
        for rows, lost in ((output, missing), (driver, ()))
    ]
    return case(*sides, sides[1])


def test_the_worst_coefficient_is_named_and_all_are_there() -> None:
    driver = np.zeros((4, 52))
    output = driver.copy()
    output[:, NAMES.index("jawOpen")] = 0.3
    output[:, NAMES.index("browInnerUp")] = 0.2
    output[:, 0] = 1.0
    score = score_set("blendshape_error[blendshapes52]", [compared(output, driver), compared(driver, driver)])
    assert score.value == pytest.approx(0.15)
    assert score.extra["worst"] == "jawOpen"
    assert score.extra["error_browInnerUp"] == pytest.approx(0.1)
    assert {name for name in score.extra if name.startswith("error_")} == {f"error_{name}" for name in NAMES[1:]}


def test_a_case_that_cannot_be_read_is_counted() -> None:
    rows = np.full((3, 52), 0.1)
    score = score_set("blendshape_error[blendshapes52]", [compared(rows, rows), compared(rows, rows, (0, 1, 2))])
    assert (score.value, score.n, score.extra["n_cases"], score.extra["n_cases_lost"]) == (0.0, 3, 1.0, 1.0)
    nothing = score_set("blendshape_error[blendshapes52]", [compared(rows, rows, (0, 1, 2))])
    assert (nothing.value, nothing.reason) == (None, "output: no face")


def test_e_fid_is_the_usual_formula() -> None:
    random = np.random.default_rng(0)
    output, driver = random.uniform(0, 0.5, (90, 52)), random.uniform(0, 0.6, (90, 52))
    a, b = (rows.astype(np.float32).astype(float)[:, 1:] for rows in (output, driver))
    s1, s2 = np.cov(a.T), np.cov(b.T)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s1 + s2 - 2 * sqrtm(s1 @ s2).real)
    score = score_set("e_fid[blendshapes52]", [compared(output, driver)])
    assert score.value == pytest.approx(expected, rel=1e-6)
    assert score.extra["dimensions"] == 51.0
