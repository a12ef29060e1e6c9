"""AUC_z and its curve against scikit-learn's PCA of the standardised latents."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.metrics.moments import moments_of
from model.analysis.spectrum import latent_spectrum
from tests.oracles.compare_pca import compare

decomposition = pytest.importorskip("sklearn.decomposition", reason="scikit-learn is not installed")
preprocessing = pytest.importorskip("sklearn.preprocessing", reason="scikit-learn is not installed")


def test_explained_variance_components_and_auc_equal_pca() -> None:
    assert [str(figure) for figure in compare(quick=False) if not figure.is_met] == []


def test_constant_dimensions_are_left_out_as_scikit_learn_would_see_them() -> None:
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.normal(size=(90, 8)) @ rng.normal(size=(8, 8)), np.full((90, 3), 4.2)], axis=1)
    pca = decomposition.PCA().fit(preprocessing.StandardScaler().fit_transform(z[:, :8]))
    spectrum = latent_spectrum(moments_of(z))
    assert spectrum.constant_dims == 3
    np.testing.assert_allclose(spectrum.cumulative, np.cumsum(pca.explained_variance_ratio_), rtol=1e-9)
