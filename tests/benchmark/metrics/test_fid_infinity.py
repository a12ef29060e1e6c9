from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import score_set
from benchmark.metrics.fid_infinity import extrapolate
from benchmark.metrics.frechet import frechet_distance
from tests.benchmark.metrics.test_fid import cases_of


def decaying(n: int, d: int, seed: int, scale: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)) * scale * np.exp(-np.arange(d) / 20)


def truth(d: int) -> float:
    """Of N(0, S) and N(0, 1.44 S): (1.2 - 1)^2 tr S."""
    return 0.04 * float((np.exp(-np.arange(d) / 20) ** 2).sum())


@pytest.mark.parametrize(("n", "d"), [(500, 100), (100, 128)])
def test_takes_out_the_bias(n: int, d: int) -> None:
    """With more samples than dimensions nearly all of it; with fewer most."""
    biased, corrected = [], []
    for seed in range(6):
        a, b = decaying(n, d, 2 * seed, 1.2), decaying(n, d, 2 * seed + 1, 1.0)
        biased.append(frechet_distance(a, b) - truth(d))
        corrected.append(extrapolate(a, b).value - truth(d))
    assert np.mean(biased) > 0.2 * truth(d)
    assert abs(np.mean(corrected)) < (0.1 if n > d else 0.35) * np.mean(biased)


def test_what_pairs_share_is_not_taken_out_twice() -> None:
    """A set against itself is 0 at every size; drawn independently it would be about minus its bias."""
    a = decaying(300, 128, 0, 1.0)
    same = extrapolate(a, a)
    assert same.value == pytest.approx(0.0, abs=1e-9)
    blind = extrapolate(a, np.concatenate([a, a[:1]]))
    assert blind.value < -0.2 * frechet_distance(a, decaying(300, 128, 1, 1.0))
    close = extrapolate(a + 0.05 * decaying(300, 128, 2, 1.0), a)
    assert abs(close.value) < 0.02


def test_same_seed_same_value() -> None:
    a, b = decaying(120, 20, 0, 1.2), decaying(140, 20, 1, 1.0)
    first = extrapolate(a, b, seed=3)
    assert first.value == extrapolate(a[::-1], b[::-1], seed=3).value  # nor does the order of the samples matter
    assert first.value == extrapolate(a, b, seed=3).value
    assert first.value != extrapolate(a, b, seed=4).value
    assert (first.sizes[0], first.sizes[-1], len(first.sizes)) == (60, 120, 15)
    assert first.slope > 0
    with pytest.raises(ValueError, match="at least 60 samples"):
        extrapolate(a[:59], b)


def test_scores_of_sets() -> None:
    outputs = list(decaying(120, 20, 0, 1.2).reshape(4, 30, 20))
    drivers = list(decaying(120, 20, 1, 1.0).reshape(4, 30, 20))
    score = score_set("fid_infinity[pytorch-fid]", cases_of(outputs, drivers, "inception[pytorch-fid]"))
    assert score.value < score.extra["fid"]
    lost = [rows.copy() for rows in drivers]
    lost[1][3:9] = np.nan  # a frame that one side lacks is left out of both
    itself = score_set("fid_infinity[pytorch-fid]", cases_of(drivers, lost, "inception[pytorch-fid]"))
    assert (itself.n, itself.value) == (114, pytest.approx(0.0, abs=1e-9))
    few = score_set("fid_infinity[pytorch-fid]", cases_of(outputs[:1], drivers[:1], "inception[pytorch-fid]"))
    assert few.value is None
    assert "at least 60 samples" in few.reason
