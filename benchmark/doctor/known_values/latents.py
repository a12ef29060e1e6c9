"""Known values of AUC_z: correlations that are chosen, and eigenvalues from another decomposition."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import CLOSED_FORM, INDEPENDENT, KnownValue, of_set
from benchmark.features.types.case import CaseFeatures

_RHO = 0.6


def known_values() -> tuple[KnownValue, ...]:
    """Two dimensions of one correlation have eigenvalues 1 + r and 1 - r, so that AUC_z is (3 + r) / 4."""
    # Four points at equal steps: exactly uncorrelated, and of one spread.
    first, second = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    two = np.stack([7 * first + 3, 0.2 * (_RHO * first + np.sqrt(1 - _RHO**2) * second) - 5], axis=1)
    random = np.random.default_rng(1)
    rows = random.normal(size=(60, 7)) @ random.normal(size=(7, 7)) + random.normal(0, 5, 7)
    rows = rows.astype(np.float32).astype(np.float64)
    shares = np.linalg.svd((rows - rows.mean(axis=0)) / rows.std(axis=0), compute_uv=False) ** 2
    expected = float(np.mean([shares[: count + 1].sum() / shares.sum() for count in range(7)]))
    return (
        of_set("auc_z", "two dimensions of correlation 0.6", CLOSED_FORM, _split(two), (3 + _RHO) / 4, scored=4),
        of_set("auc_z", "seven mixed dimensions", INDEPENDENT, _split(rows), expected, scored=60),
    )


def _split(rows: np.ndarray) -> list[CaseFeatures]:
    """Two cases; a dimension that does not vary, and a row that is not a number, do not matter."""
    rows = np.column_stack([rows, np.full(len(rows), 0.7)])
    third = len(rows) // 3
    parts = [rows[:third], np.concatenate([rows[third:], np.full((1, rows.shape[1]), np.nan)])]
    return [
        case(one, one, latents=part.astype(np.float32), case_id=str(number))
        for number, part in enumerate(parts)
        for one in [video(None, frames=len(part))]
    ]
