from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics import score_set
from benchmark.metrics.kid import kernel_distance, kernel_distance_subsets, kernel_distances
from tests.benchmark.metrics.test_fid import cases_of


def by_definition(x: np.ndarray, y: np.ndarray) -> float:
    def mean(a: np.ndarray, b: np.ndarray, skip: bool) -> float:
        return float(
            np.mean(
                [(p @ q / len(p) + 1) ** 3 for i, p in enumerate(a) for j, q in enumerate(b) if not (skip and i == j)]
            )
        )

    return mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False)


def samples(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 7)) + shift


def test_equals_its_definition() -> None:
    x, y = samples(21, 0), samples(17, 1, 0.4)
    assert kernel_distance(x, y) == pytest.approx(by_definition(x, y), rel=1e-10)


def test_unbiased_at_any_count() -> None:
    """What FID is not: the mean over many small sets is that of large ones, and 0 for equal distributions."""
    small = [kernel_distance(samples(10, 2 * s, 0.5), samples(10, 2 * s + 1)) for s in range(400)]
    large = [kernel_distance(samples(100, 2 * s + 999, 0.5), samples(100, 2 * s + 1000)) for s in range(40)]
    assert np.mean(small) == pytest.approx(np.mean(large), abs=3 * np.std(small) / 20 + 3 * np.std(large) / 6)
    equal = [kernel_distance(samples(10, 2 * s), samples(10, 2 * s + 1)) for s in range(400)]
    assert abs(np.mean(equal)) < 3 * np.std(equal) / 20
    assert min(equal) < 0


def test_choices_are_the_same_as_separate_sets() -> None:
    x, y = samples(30, 0), samples(25, 1)
    random = np.random.default_rng(2)
    keep_x, keep_y = random.random((30, 4)) < 0.6, random.random((25, 4)) < 0.6
    together = kernel_distances(x, y, keep_x, keep_y)
    separate = [kernel_distance(x[keep_x[:, r]], y[keep_y[:, r]]) for r in range(4)]
    np.testing.assert_allclose(together, separate, rtol=1e-10)


def test_subsets_are_seeded_and_centred_on_the_full_estimator() -> None:
    x, y = samples(120, 0, 0.3), samples(110, 1)
    first, again = (kernel_distance_subsets(x, y, n_subsets=200, subset_size=50) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.mean() == pytest.approx(kernel_distance(x, y), abs=4 * first.std() / np.sqrt(200))
    with pytest.raises(ValueError, match="at least 1000 samples"):
        kernel_distance_subsets(x, y)


def test_refuses_what_it_cannot_measure() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        kernel_distance(samples(1, 0), samples(5, 1))
    with pytest.raises(ValueError, match="finite"):
        kernel_distance(np.full((3, 7), np.nan), samples(5, 1))


def test_scores_of_sets() -> None:
    random = np.random.default_rng(0)
    outputs, drivers = [list(random.normal(size=(5, 12, 16)) + shift) for shift in (0.5, 0.0)]
    score = score_set("kid[pytorch-fid]", cases_of(outputs, drivers, "inception[pytorch-fid]"))
    assert score.value == pytest.approx(kernel_distance(np.concatenate(outputs), np.concatenate(drivers)), rel=1e-5)
    assert score.ci_low < score.value < score.ci_high
    assert len(score.extra["without_drivers"]) == 5
    few = score_set("kid[torch-fidelity]", cases_of(outputs, drivers, "inception[torch-fidelity]"))
    assert few.value is None
    assert "at least 1000 samples" in few.reason
