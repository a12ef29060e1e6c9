"""AUC_z and its curve against scikit-learn's PCA of the standardised latents."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics.auc_z import latent_spectrum
from benchmark.metrics.moments import merge, moments_of

decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is not installed")
preprocessing = pytest.importorskip("sklearn.preprocessing", reason="scikit-learn is not installed")


@pytest.mark.parametrize(("n", "d"), [(300, 16), (600, 512), (128, 128), (2000, 128)])
def test_explained_variance_components_and_auc_equal_pca(n: int, d: int) -> None:
    rng = np.random.default_rng(d)
    z = rng.normal(size=(n, d)) @ (rng.normal(size=(d, d)) * np.geomspace(1, 0.01, d)[:, None]) * 3 + 50
    pca = decomposition.PCA(svd_solver="full").fit(preprocessing.StandardScaler().fit_transform(z))
    expected = np.cumsum(pca.explained_variance_ratio_)
    shards = [moments_of(part) for part in np.array_split(z, 4)]
    total = shards[0]
    for shard in shards[1:]:
        total = merge(total, shard)
    spectrum = latent_spectrum(total)
    np.testing.assert_allclose(spectrum.cumulative, expected, rtol=1e-9)
    assert spectrum.auc_z == pytest.approx(expected.mean(), rel=1e-9)
    share = pca.explained_variance_ratio_[pca.explained_variance_ratio_ > 0]
    assert spectrum.effective_rank == pytest.approx(np.exp(-(share * np.log(share)).sum()), rel=1e-6)
    for percent in (80, 90, 95, 99):
        wanted = decomposition.PCA(n_components=percent / 100, svd_solver="full")
        scaled = preprocessing.StandardScaler().fit_transform(z)
        assert abs(spectrum.components_for(percent) - wanted.fit(scaled).n_components_) == 0


def test_constant_dimensions_are_left_out_as_scikit_learn_would_see_them() -> None:
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.normal(size=(90, 8)) @ rng.normal(size=(8, 8)), np.full((90, 3), 4.2)], axis=1)
    pca = decomposition.PCA().fit(preprocessing.StandardScaler().fit_transform(z[:, :8]))
    spectrum = latent_spectrum(moments_of(z))
    assert spectrum.constant_dims == 3
    np.testing.assert_allclose(spectrum.cumulative, np.cumsum(pca.explained_variance_ratio_), rtol=1e-9)
