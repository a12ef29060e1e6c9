"""Frechet distance between Gaussians fitted to two sets of features (Heusel et al. 2017), no matrix root.

d^2 = |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2). The last term is the sum of the singular values of A
B^T for any A, B with S1 = A^T A and S2 = B^T B. With no more samples than dimensions A and B are the
centred samples themselves; otherwise the symmetric roots of S1 and S2. Nothing can become complex and
nothing needs an epsilon, also where the covariances are rank deficient.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmark.metrics.features import CaseFeatures
from benchmark.metrics.moments import Moments, moments_of
from benchmark.metrics.scores import SetScore


def frechet_distance(
    a: np.ndarray,  # [n, d]
    b: np.ndarray,  # [m, d]
) -> float:
    """Frechet distance of two samples. Raises ValueError with fewer than 2 samples or NaN on either side."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"expected two arrays [n, d] of equal d but got {list(a.shape)} and {list(b.shape)}")
    if min(len(a), len(b)) < 2:
        raise ValueError(f"expected at least 2 samples on each side but got {len(a)} and {len(b)}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("expected finite features but got NaN or infinity")
    if max(len(a), len(b)) > a.shape[1]:
        return frechet_from_moments(moments_of(a), moments_of(b))
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    root_a, root_b = (a - mean_a) / np.sqrt(len(a) - 1), (b - mean_b) / np.sqrt(len(b) - 1)
    cross = float(np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum())
    return _assemble(mean_a - mean_b, float((root_a**2).sum()), float((root_b**2).sum()), cross)


def frechet_from_moments(a: Moments, b: Moments) -> float:
    """Frechet distance of two Gaussians given by their moments (n >= 2 on each side)."""
    cov_a, cov_b = a.covariance, b.covariance
    cross = float(np.linalg.svd(_symmetric_root(cov_a) @ _symmetric_root(cov_b), compute_uv=False).sum())
    return _assemble(a.mean - b.mean, float(np.trace(cov_a)), float(np.trace(cov_b)), cross)


def _symmetric_root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    root: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def _assemble(shift: np.ndarray, trace_a: float, trace_b: float, cross: float) -> float:
    return max(0.0, float(shift @ shift) + trace_a + trace_b - 2.0 * cross)  # below 0 only by rounding


def fid(cases: Sequence[CaseFeatures]) -> SetScore:
    """FID on Inception pool3 features of all cases."""
    return _score(cases, "inception")


def fd_faces(cases: Sequence[CaseFeatures]) -> SetScore:
    """Frechet distance on 128-d face descriptors of all cases."""
    return _score(cases, "embeddings")


def _score(cases: Sequence[CaseFeatures], name: str) -> SetScore:
    """Outputs against references where every case has one, else against the drivers' frames."""
    if not cases:
        return SetScore(None, 0, "no cases")
    use_reference = all(case.reference is not None for case in cases)
    real_features = [case.reference if use_reference else case.driver for case in cases]
    generated, n_bad = _stack([getattr(case.output, name) for case in cases])
    real, n_bad_real = _stack([getattr(features, name) for features in real_features])
    if generated is None or real is None:
        side = "outputs" if generated is None else "real frames"
        return SetScore(None, 0, f"{name} features of the {side} were not computed for every case")
    n, n_real = len(generated), len(real)
    extra = {
        "n_real": float(n_real),
        "n_failed": float(n_bad),
        "n_real_failed": float(n_bad_real),
        "dimensions": float(generated.shape[1]),
        "against_reference": float(use_reference),
    }
    if min(n, n_real) < 2:
        return SetScore(None, n, f"expected at least 2 samples on each side but got {n} and {n_real}", extra)
    return SetScore(frechet_distance(generated, real), n, None, extra)


def _stack(parts: Sequence[np.ndarray | None]) -> tuple[np.ndarray | None, int]:
    """Finite rows of all parts and the number of rows left out; None if any part was not computed."""
    present = [part for part in parts if part is not None]
    if len(present) < len(parts):
        return None, 0
    rows = np.concatenate(present).astype(np.float64)
    finite = np.isfinite(rows).all(axis=1)
    return rows[finite], int((~finite).sum())
