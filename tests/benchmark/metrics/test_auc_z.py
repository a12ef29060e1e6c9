from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmark.metrics import CaseFeatures, score_set
from benchmark.metrics.moments import moments_of
from model.analysis.spectrum import latent_spectrum
from tests.benchmark.metrics.faces import case, person, shoot, video


def with_latents(z: np.ndarray | None) -> CaseFeatures:
    one = video([shoot(person())])
    return case(one, one, one, latents=z)


def correlated(n: int, d: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ (rng.normal(size=(d, d)) * np.linspace(1, 0.05, d)[:, None]) * 3 + 7


def equation_1(z: np.ndarray) -> float:
    """Paper Eq. 1, literally."""
    n, d = z.shape
    z_std = (z - z.mean(0)) / z.std(0)
    eigenvalues = np.sort(np.linalg.eigvals(z_std.T @ z_std / (n - 1)).real)[::-1]
    return sum(eigenvalues[: i + 1].sum() / eigenvalues.sum() for i in range(d)) / d


def test_equals_the_papers_equation_and_an_svd_pca() -> None:
    z = correlated(400, 24)
    spectrum = latent_spectrum(moments_of(z))
    assert spectrum.auc_z == pytest.approx(equation_1(z), rel=1e-10)
    singular = np.linalg.svd((z - z.mean(0)) / z.std(0), compute_uv=False)
    cumulative = np.cumsum(singular**2) / (singular**2).sum()
    assert spectrum.auc_z == pytest.approx(cumulative.mean(), rel=1e-10)
    for percent in (80, 90, 95, 99):
        assert spectrum.components_for(percent) == np.argmax(cumulative >= percent / 100) + 1


def test_the_whole_curve_equals_an_independent_one() -> None:
    z = correlated(300, 16)
    score = score_set("auc_z", [with_latents(z)])
    singular = np.linalg.svd((z - z.mean(0)) / z.std(0), compute_uv=False)
    explained = np.cumsum(singular**2) / (singular**2).sum()
    assert score.extra["curve_components"] == list(range(1, 17))
    np.testing.assert_allclose(score.extra["curve_explained_variance"], explained, rtol=1e-10)
    assert score.value == pytest.approx(np.mean(score.extra["curve_explained_variance"]))


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    spectrum = latent_spectrum(moments_of(np.random.default_rng(0).normal(size=(700, 600))))
    counts, explained = spectrum.curve()
    assert (counts[0], counts[-1], len(counts)) == (1, 600, 256)
    np.testing.assert_array_equal(explained, spectrum.cumulative[counts - 1])
    assert len(spectrum.curve(10**6)[0]) == 600
    with pytest.raises(ValueError, match="at least 2 points"):
        spectrum.curve(1)


def test_bounds_isotropic_and_collapsed() -> None:
    d = 16
    signs = np.array([[1 - 2 * (bin(i & j).count("1") % 2) for j in range(d)] for i in range(2 * d)], float)
    isotropic = latent_spectrum(moments_of(signs[:, 1:]))
    assert isotropic.auc_z == pytest.approx((15 + 1) / (2 * 15))
    assert isotropic.effective_rank == pytest.approx(15)
    line = np.outer(np.linspace(-1, 1, 50), np.arange(1, d + 1))
    collapsed = latent_spectrum(moments_of(line))
    assert collapsed.auc_z == pytest.approx(1.0)
    assert collapsed.effective_rank == pytest.approx(1.0, abs=1e-6)
    assert collapsed.components_for(99) == 1


def test_collapse_raises_it_and_rescaling_does_not_change_it() -> None:
    z = correlated(500, 12)
    value = latent_spectrum(moments_of(z)).auc_z
    assert latent_spectrum(moments_of(z * np.arange(1, 13) - 4)).auc_z == pytest.approx(value)
    mixed = z + 5 * z[:, :1]
    assert latent_spectrum(moments_of(mixed)).auc_z > value


def test_constant_dimensions_are_dropped_and_counted() -> None:
    z = correlated(100, 8).astype(np.float32)
    padded = np.concatenate([z, np.full((100, 3), 0.1, np.float32)], axis=1)
    score = score_set("auc_z", [with_latents(padded)])
    assert score.value == pytest.approx(equation_1(z.astype(float)), rel=1e-6)
    assert (score.extra["dimensions"], score.extra["constant_dimensions"]) == (8, 3)


def test_cases_are_pooled_and_bad_rows_counted() -> None:
    z = correlated(90, 8)
    broken = np.concatenate([z[50:], np.full((2, 8), np.nan)])
    score = score_set("auc_z", [with_latents(z[:50]), with_latents(broken)])
    assert score.value == pytest.approx(equation_1(z), rel=1e-9)
    assert (score.n, score.extra["n_failed"]) == (90, 2)
    assert score.extra["components_80"] <= score.extra["components_99"]


def test_the_interval_leaves_out_drivers_and_sources() -> None:
    z = correlated(120, 8).reshape(12, 10, 8)
    cases = [
        replace(with_latents(rows), cluster=f"S{number % 4}", source_cluster=f"P{number // 4}")
        for number, rows in enumerate(z)
    ]
    score = score_set("auc_z", cases)
    without = [equation_1(np.delete(z, np.s_[driver::4], axis=0).reshape(-1, 8)) for driver in range(4)]
    assert score.extra["without_drivers"] == pytest.approx(without, rel=1e-9)
    assert (len(score.extra["without_sources"]), len(score.extra["without_cells"])) == (3, 12)
    assert score.ci_low < score.value < score.ci_high


@pytest.mark.parametrize(
    ("latents", "reason"),
    [
        ([], "latents of 0 of 0"),
        ([None], "latents of 1 of 1 cases are missing"),
        ([np.ones((5, 4)), None], "latents of 1 of 2 cases are missing"),
        ([np.zeros((1, 4))], "at least 2 latents"),
        ([np.ones((9, 4))], "all dimensions are constant"),
        ([correlated(7, 8)], "at least as many latents"),
        ([np.zeros((3, 4)), np.zeros((3, 5))], "different dimensions"),
    ],
)
def test_nothing_gives_nothing(latents, reason) -> None:
    score = score_set("auc_z", [with_latents(z) for z in latents])
    assert score.value is None
    assert reason in (score.reason or "")
