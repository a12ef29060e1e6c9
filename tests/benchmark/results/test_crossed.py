"""Uncertainty of crossed cases against formulas, another estimator, and simulations whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.results.crossed import Crossing, Replicates, combined, mean_of
from benchmark.results.student import quantile


def crossed(n_drivers: int, n_sources: int) -> Crossing:
    pairs = [(driver, source) for driver in range(n_drivers) for source in range(n_sources)]
    return Crossing.of(*zip(*pairs, strict=True))


def drawn(crossing: Crossing, driver: float, source: float, rest: float, rng: np.random.Generator) -> np.ndarray:
    x = driver**0.5 * rng.normal(size=crossing.n_drivers)[crossing.drivers]
    x = x + source**0.5 * rng.normal(size=crossing.n_sources)[crossing.sources]
    return x + rest**0.5 * rng.normal(size=len(x))


def test_independent_cases_give_the_textbook_interval() -> None:
    x = np.random.default_rng(0).normal(size=30)
    mean = mean_of(x, Crossing.of(range(30), [None] * 30))
    reach = quantile(0.975, 29) * x.std(ddof=1) / 30**0.5
    assert mean.interval() == pytest.approx((x.mean() - reach, x.mean() + reach))
    assert mean.n_effective == pytest.approx(30)


def test_whole_clusters_count_as_one_case_each() -> None:
    people = np.random.default_rng(1).normal(size=8)
    once = mean_of(people, Crossing.of(range(8), range(8)))
    copied = mean_of(np.repeat(people, 50), Crossing.of(np.repeat(range(8), 50).tolist(), [None] * 400))
    assert copied.interval() == pytest.approx(once.interval())
    assert copied.n_effective == pytest.approx(8, abs=0.1)


def test_the_three_parts_by_hand() -> None:
    """Two drivers x two sources with 1, 2, 3, 6: means 1.5 and 4.5 by driver, 2 and 4 by source."""
    mean = mean_of([1.0, 2.0, 3.0, 6.0], crossed(2, 2))
    by_driver, by_source, by_cell = (9 + 9) / 16 * 2, (4 + 4) / 16 * 2, (4 + 1 + 0 + 9) / 16 * 4 / 3
    assert mean.spread is not None
    assert mean.spread.variance == pytest.approx(max(by_driver, by_driver + by_source - by_cell))


def test_the_variance_is_never_less_than_that_over_either() -> None:
    assert combined(1.0, 0.1, 0.9, 5, 5).variance == 1.0  # 1 + .1 - .9 = .2
    assert combined(0.1, 0.2, 1.0, 5, 5).variance == 0.2  # -.7


def test_degrees_of_freedom_lie_between_the_fewer_and_both() -> None:
    assert combined(1.0, 1e-9, 0.0, 4, 100).df == pytest.approx(3, abs=0.1)
    assert combined(1e-9, 1.0, 0.0, 4, 100).df == pytest.approx(99, abs=0.1)
    for by_driver in (0.0, 0.1, 1.0, 10.0):
        assert 3 <= combined(by_driver, 1.0, 0.5, 4, 9).df <= 11


def test_agrees_with_the_pigeonhole_bootstrap() -> None:
    """Owen 2007: drivers and sources are drawn with replacement; a case counts as often as both of its people."""
    rng, crossing = np.random.default_rng(2), crossed(30, 30)
    x = drawn(crossing, 1, 1, 0.2, rng)
    d, s = (rng.multinomial(30, [1 / 30] * 30, size=2000) for _ in range(2))
    weights = d[:, crossing.drivers] * s[:, crossing.sources]
    errors = (weights @ x) / weights.sum(axis=1)
    spread = mean_of(x, crossing).spread
    assert spread is not None
    assert spread.standard_error == pytest.approx(errors.std(), rel=0.1)


@pytest.mark.parametrize("variances", [(1, 0, 1), (0, 1, 1), (1, 1, 1), (0.2, 0.6, 0.2)])
def test_intervals_hold_the_truth_where_drivers_and_sources_are_few(variances: tuple[float, float, float]) -> None:
    rng, crossing, held = np.random.default_rng(3), crossed(4, 5), 0
    for _ in range(500):
        mean = mean_of(drawn(crossing, *variances, rng), crossing)
        assert mean.spread is not None
        held += mean.spread.p_value(mean.value) > 0.05
    assert held >= 0.93 * 500


def test_drivers_alone_miss_what_sources_do() -> None:
    """The negative control: the same cases as if only drivers were clusters hold the truth in less than half."""
    rng, crossing = np.random.default_rng(4), crossed(20, 100)
    blind = Crossing.of(crossing.drivers.tolist(), [None] * len(crossing.drivers))
    held = 0
    for _ in range(60):
        mean = mean_of(drawn(crossing, 0, 1, 1, rng), blind)
        assert mean.spread is not None
        held += mean.spread.p_value(mean.value) > 0.05
    assert held < 30


def test_nothing_is_known_of_others_from_one_person() -> None:
    for crossing in (Crossing.of("aaa", "xyz"), Crossing.of("abc", "xxx")):
        mean = mean_of([1.0, 2.0, 3.0], crossing)
        assert (mean.value, mean.interval(), mean.n_effective) == (2.0, (None, None), None)


def test_equal_values_have_no_spread_and_rounding_makes_none() -> None:
    mean = mean_of([0.1 + 0.2] * 3 + [0.3], crossed(2, 2))
    assert mean.spread is not None
    assert mean.spread.variance == 0.0
    assert (mean.spread.p_value(0.0), mean.spread.p_value(mean.value)) == (1.0, 0.0)


def test_replicates_of_a_mean_give_the_variance_of_a_mean() -> None:
    crossing = crossed(6, 7)
    x = drawn(crossing, 1, 1, 1, np.random.default_rng(5))
    parts = (crossing.drivers, crossing.sources, crossing.cells)
    found = Replicates(*(np.array([x[one != g].mean() for g in range(one.max() + 1)]) for one in parts))
    expected = mean_of(x, crossing).spread
    assert expected is not None
    assert found.spread.variance == pytest.approx(expected.variance, rel=1e-9)
    again = Replicates.of({name: values.tolist() for name, values in found.parts})
    assert again is not None
    nothing = found.minus(again)
    assert nothing is not None and nothing.spread.variance == 0.0
    assert Replicates.of({"without_drivers": [1.0, 2.0]}) is None


@pytest.mark.parametrize(
    ("values", "drivers", "sources", "message"),
    [
        ([], "", "", "at least one value"),
        ([1.0, float("nan")], "ab", "ab", "finite"),
        ([1.0], "ab", "ab", "one value per case"),
        ([1.0, 2.0], "ab", "a", "one driver and one source"),
        ([1.0, 2.0], "ab", ["a", None], "of every case or of none"),
    ],
)
def test_refusals(values: list[float], drivers: str, sources: list[str | None], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mean_of(values, Crossing.of(list(drivers), list(sources)))
