"""AUC_z, its curve and its component counts against scikit-learn's PCA of the standardised latents."""

from __future__ import annotations

import numpy as np

from benchmark.metrics.moments import merge, moments_of
from model.analysis.spectrum import latent_spectrum
from scripts.bench_metrics_parts.figure import Figure

SIZES = ((300, 16), (600, 512), (128, 128), (2000, 128))
"""Latents and their dimensions; at 128, 128 the covariance has lost a rank."""
PERCENTS = (80, 90, 95, 99)


def latents(n: int, d: int) -> np.ndarray:
    """Correlated float64 [n, d] far from zero, with variances over four decades."""
    rng = np.random.default_rng(d)
    return rng.normal(size=(n, d)) @ (rng.normal(size=(d, d)) * np.geomspace(1, 0.01, d)[:, None]) * 3 + 50


def compare(quick: bool) -> list[Figure]:
    """Largest relative difference over the sizes; ours adds up four shards."""
    sizes = SIZES[:3] if quick else SIZES
    found = np.array([_differences(latents(n, d)) for n, d in sizes]).max(axis=0)
    note = f"n x d: {', '.join(f'{n} x {d}' for n, d in sizes)}; four shards merged"
    names = ("auc_z", "explained variance", "effective rank", "components at 80/90/95/99 %")
    limits = (1e-9, 1e-9, 1e-6, 0.0)
    return [
        Figure(f"{name} against scikit-learn's PCA", float(value), "rel" if limit else "", limit, False, note)
        for name, value, limit in zip(names, found, limits, strict=True)
    ]


def _differences(z: np.ndarray) -> tuple[float, float, float, float]:
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(z)
    pca = PCA(svd_solver="full").fit(scaled)
    curve = np.cumsum(pca.explained_variance_ratio_)
    first, *others = (moments_of(part) for part in np.array_split(z, 4))
    for shard in others:
        first = merge(first, shard)
    spectrum = latent_spectrum(first)
    share = pca.explained_variance_ratio_[pca.explained_variance_ratio_ > 0]
    rank = np.exp(-(share * np.log(share)).sum())
    counts = [abs(spectrum.components_for(percent) - _components(scaled, percent)) for percent in PERCENTS]
    return (
        abs(spectrum.auc_z / curve.mean() - 1),
        float(np.max(np.abs(spectrum.cumulative - curve) / curve)),
        abs(spectrum.effective_rank / rank - 1),
        float(max(counts)),
    )


def _components(scaled: np.ndarray, percent: int) -> int:
    from sklearn.decomposition import PCA

    return int(PCA(n_components=percent / 100, svd_solver="full").fit(scaled).n_components_)
