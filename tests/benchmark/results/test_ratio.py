"""A ratio of two means over crossed cases, against the textbook and a simulation whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.results.crossed import Crossing, mean_of
from benchmark.results.ratio import ratio_of
from benchmark.results.student import quantile


def independent(count: int) -> Crossing:
    return Crossing.of(range(count), [None] * count)


def test_independent_cases_give_the_textbook_interval() -> None:
    """The standard error of a ratio estimator, sqrt(sum (y - R x)^2 / (n (n - 1))) / mean x (Cochran, 6.4)."""
    rng = np.random.default_rng(0)
    x = rng.uniform(1, 2, 40)
    y = 0.8 * x + 0.1 * rng.normal(size=40)
    found, ratio = ratio_of(y, x, independent(40)), y.mean() / x.mean()
    reach = quantile(0.975, 39) * np.sqrt(np.square(y - ratio * x).sum() / (40 * 39)) / x.mean()
    assert found.value == pytest.approx(ratio)
    assert found.interval() == pytest.approx((ratio - reach, ratio + reach))


def test_what_is_hard_for_both_does_not_widen_it() -> None:
    hard = np.random.default_rng(1).uniform(0.1, 2, 30)
    same = ratio_of(0.9 * hard, hard, independent(30))
    assert same.interval() == pytest.approx((0.9, 0.9))
    alone = mean_of(0.9 * hard, independent(30)).interval()
    assert alone[1] is not None and alone[1] > 1


def test_twice_the_values_are_twice_the_ratio_and_the_unit_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    crossing = Crossing.of(["a", "a", "b", "b", "c", "c"], ["x", "y", "y", "z", "z", "x"])
    x, y = rng.uniform(1, 2, 6), rng.uniform(1, 2, 6)
    low, high = ratio_of(y, x, crossing).interval()
    assert low is not None and high is not None
    assert ratio_of(2 * y, x, crossing).interval() == pytest.approx((2 * low, 2 * high))
    assert ratio_of(7 * y, 7 * x, crossing).interval() == pytest.approx((low, high))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Eight drivers x six sources, some cases harder for both, true ratio 0.8."""
    rng = np.random.default_rng(3)
    pairs = [(driver, source) for driver in range(8) for source in range(6)]
    crossing = Crossing.of(*zip(*pairs, strict=True))
    inside = 0
    for _ in range(400):
        x = 1 + 0.2 * rng.normal(size=8)[crossing.drivers] + 0.2 * rng.normal(size=48)
        lost = 0.1 * rng.normal(size=8)[crossing.drivers] + 0.1 * rng.normal(size=6)[crossing.sources]
        low, high = ratio_of(0.8 * x + lost + 0.1 * rng.normal(size=48), x, crossing).interval()
        assert low is not None and high is not None
        inside += low <= 0.8 <= high
    assert 0.91 <= inside / 400 <= 0.985


@pytest.mark.parametrize(
    ("values", "reference", "words"),
    [([1.0], [1.0, 2.0], "one reference for each value"), ([1.0, 2.0], [1.0, -1.0], "above 0 but got 0")],
)
def test_what_has_no_ratio(values: list[float], reference: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ratio_of(values, reference, independent(len(values)))
