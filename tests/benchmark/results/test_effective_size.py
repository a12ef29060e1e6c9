"""The effective sample size on data whose intra-cluster correlation is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.results.effective_size import effective_size


def simulated(
    icc: float, sizes: list[int], rng: np.random.Generator
) -> tuple[np.ndarray, list[int]]:  # values of variance 1, clusters
    clusters = np.repeat(np.arange(len(sizes)), sizes)
    between = np.sqrt(icc) * rng.normal(size=len(sizes))
    return between[clusters] + np.sqrt(1 - icc) * rng.normal(size=len(clusters)), clusters.tolist()


@pytest.mark.parametrize("icc", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("sizes", [[8] * 40, [2] * 20 + [14] * 20], ids=["equal sizes", "unequal sizes"])
def test_known_correlation_is_found(icc: float, sizes: list[int]) -> None:
    rng = np.random.default_rng(0)
    found = [effective_size(*simulated(icc, sizes, rng)).icc for _ in range(60)]
    # Estimates below 0 count as 0, which lifts the mean where there is no correlation.
    assert np.mean([one for one in found if one is not None]) == pytest.approx(icc, abs=0.03)


@pytest.mark.parametrize("icc", [0.1, 0.5, 0.9])
def test_it_predicts_the_variance_of_the_mean(icc: float) -> None:
    """n_effective independent cases of variance 1 have a mean of variance 1 / n_effective."""
    rng = np.random.default_rng(1)
    sizes = [3] * 15 + [9] * 15
    trials = [simulated(icc, sizes, rng) for _ in range(1500)]
    variance = np.var([values.mean() for values, _ in trials])
    predicted = np.mean([effective_size(*trial).n_effective or np.nan for trial in trials[:200]])
    assert predicted == pytest.approx(1 / variance, rel=0.15)


def test_the_ends() -> None:
    rng = np.random.default_rng(2)
    offsets = rng.normal(size=10)
    copies = effective_size(np.repeat(offsets, 7), np.repeat(range(10), 7).tolist())
    assert (copies.n, copies.n_clusters, copies.icc) == (70, 10, 1.0)
    assert copies.n_effective == pytest.approx(10)
    opposite = effective_size([1.0, -1.0, 1.0, -1.0], list("aabb"))  # less alike than strangers
    assert (opposite.icc, opposite.n_effective) == (0.0, 4.0)
    unequal = effective_size([0.0, 1.0, 1.0, 1.0], list("abbb"))
    assert unequal.n_effective == pytest.approx(16 / 10)  # n^2 / sum n_i^2: one driver dominates


def test_what_cannot_be_told() -> None:
    assert effective_size([1.0, 2.0], list("aa")).n_effective is None
    assert effective_size([0.1 + 0.2, 0.3, 0.3], list("aab")).n_effective is None
    single = effective_size([1.0, 2.0, 4.0], list("abc"))
    assert (single.icc, single.n_effective) == (None, 3.0)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_units_do_not_matter(scale: float) -> None:
    values, clusters = simulated(0.4, [5] * 12, np.random.default_rng(3))
    plain, scaled = effective_size(values, clusters), effective_size(scale * values, clusters)
    assert scaled.icc == pytest.approx(plain.icc) and scaled.n_effective == pytest.approx(plain.n_effective)


@pytest.mark.parametrize(
    ("values", "clusters", "message"),
    [
        ([], "", "at least one value"),
        ([1.0, float("inf")], "ab", "finite"),
        ([1.0], "ab", "one cluster per value"),
    ],
)
def test_refusals(values: list[float], clusters: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        effective_size(values, list(clusters))
