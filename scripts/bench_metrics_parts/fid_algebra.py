"""The Frechet distance at N = 2,000, D = 2,048 without a matrix root, against `scipy.linalg.sqrtm`; its interval."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np

from scripts.bench_metrics_parts.figure import Figure

N, D = 2000, 2048
FLOOR = 10.0


def run(quick: bool) -> list[Figure]:
    """Both ways on the same features, one after the other. `quick` leaves the interval and other sizes out."""
    from benchmark.metrics.fid_infinity import extrapolate
    from benchmark.metrics.frechet import frechet_distance
    from benchmark.metrics.kid import kernel_distance

    a, b = features(N, 1), features(N, 2)
    seconds, value = _timed(lambda: frechet_distance(a, b), repeats=3)
    reference_seconds, reference = _timed(lambda: by_sqrtm(a, b))
    exact = by_singular_values(a, b)
    size = f"N = {N}, D = {D}"
    figures = [
        Figure(
            "FID algebra against scipy.linalg.sqrtm",
            reference_seconds / seconds,
            "x",
            FLOOR,
            True,
            f"{size}: {seconds:.2f} s (best of 3) against {reference_seconds:.1f} s, moments included on both sides",
        ),
        Figure("FID algebra: error against sqrtm", abs(value / reference - 1), "rel", 1e-6, False, size),
        Figure("FID algebra: error against singular values", abs(value / exact - 1), "rel", 1e-6, False, size),
    ]
    if quick:
        return figures
    seconds, _ = _timed(lambda: _interval_seconds(a, b))
    figures.append(Figure("FID interval, jackknife over 20 groups", seconds, "s", note=size))
    seconds, _ = _timed(lambda: extrapolate(a, b).value)
    figures.append(Figure("FID-infinity, 15 sizes", seconds, "s", note=size))
    seconds, _ = _timed(lambda: kernel_distance(a, b))
    figures.append(Figure("KID, full estimator", seconds, "s", note=size))
    return figures


def features(n: int, seed: int, d: int = D) -> np.ndarray:
    """Like pool3 features: float64 [n, d], not negative, correlated, with variances over two decades."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(np.random.default_rng(0).normal(size=(d, d)))[0]
    scale = np.exp(-np.arange(d) / 300)
    return np.maximum(random.normal(size=(n, d)) * scale @ axes + 0.3 + 0.02 * seed, 0.0)


def by_sqrtm(a: np.ndarray, b: np.ndarray) -> float:
    """The usual way: covariances, then the trace of the root of their product."""
    from scipy.linalg import sqrtm

    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the product is singular: N <= D
        root = sqrtm(cov_a @ cov_b)
    shift = a.mean(axis=0) - b.mean(axis=0)
    return float(shift @ shift + np.trace(cov_a) + np.trace(cov_b) - 2.0 * np.trace(root).real)


def by_singular_values(a: np.ndarray, b: np.ndarray) -> float:
    """The nuclear norm of the cross product of the centred samples, by a singular value decomposition."""
    shift = a.mean(axis=0) - b.mean(axis=0)
    a, b = (a - a.mean(axis=0)) / np.sqrt(len(a) - 1), (b - b.mean(axis=0)) / np.sqrt(len(b) - 1)
    cross = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(shift @ shift + (a**2).sum() + (b**2).sum() - 2.0 * cross)


def _interval_seconds(a: np.ndarray, b: np.ndarray) -> float:
    from benchmark.metrics.feature_sets import FeatureSets
    from benchmark.metrics.frechet import frechet_distance
    from benchmark.metrics.jackknife import jackknife
    from benchmark.results.crossed import Crossing

    clusters = np.arange(len(a)) * 40 // len(a)
    sets = FeatureSets(a, b, clusters, clusters, Crossing.of(range(40), range(40)))
    spread = jackknife(sets, lambda part: frechet_distance(part.generated, part.real), frechet_distance(a, b))
    return float("nan") if spread is None else spread.standard_error


def _timed(work: Callable[[], float], repeats: int = 1) -> tuple[float, float]:
    """Seconds of the fastest run, and what it gave."""
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        value = work()
        best = min(best, time.perf_counter() - started)
    return best, value
