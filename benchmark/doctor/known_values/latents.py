"""Known values of AUC_z: correlations that are chosen, and eigenvalues from another decomposition."""

from __future__ import annotations

import numpy as np

from benchmark.doctor.known_values.heads import case, video
from benchmark.doctor.known_values.value import CLOSED_FORM, INDEPENDENT, KnownValue, of_set
from benchmark.features.types.case import CaseFeatures

_RHO = 0.58


def known_values() -> tuple[KnownValue, ...]:
    """Two dimensions of one correlation have eigenvalues 1 + r and 1 - r, so that AUC_z is (3 + r) / 4."""
    # Four points at equal steps: exactly uncorrelated, and of one spread.
    first, second = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    two = np.stack([7 * first + 3, 0.2 * (_RHO * first + np.sqrt(1 - _RHO**2) * second) - 5], axis=1)
    high, low = (1 + _RHO) / 2, (1 - _RHO) / 2
    extra = {
        "effective_rank": float(np.exp(-high * np.log(high) - low * np.log(low))),
        "components_80": 2.0,
        "components_90": 2.0,
        "dimensions": 2.0,
        "constant_dimensions": 2.0,
        "n_failed": 1.0,
    }
    random = np.random.default_rng(1)
    rows = random.normal(size=(60, 7)) @ random.normal(size=(7, 7)) + random.normal(0, 5, 7)
    rows = rows.astype(np.float32).astype(np.float64)
    shares = np.linalg.svd((rows - rows.mean(axis=0)) / rows.std(axis=0), compute_uv=False) ** 2
    expected = float(np.mean([shares[: count + 1].sum() / shares.sum() for count in range(7)]))
    return (
        of_set(
            "auc_z",
            "two dimensions of correlation 0.58",
            CLOSED_FORM,
            _split(two),
            (3 + _RHO) / 4,
            scored=4,
            extra=extra,
        ),
        of_set("auc_z", "seven mixed dimensions", INDEPENDENT, _split(rows), expected, scored=60),
        *_at_thresholds(first, second),
    )


def _at_thresholds(first: np.ndarray, second: np.ndarray) -> list[KnownValue]:
    """The larger of two eigenvalues explains just 80 % at a correlation of 0.6; less than 1e-7 of spread is none."""
    found, related = [], np.stack([5 * first, 3 * first + 4 * second], axis=1)
    extra = {"components_80": 1.0, "components_90": 2.0, "components_95": 2.0, "components_99": 2.0}
    found.append(of_set("auc_z", "a correlation of 0.6", CLOSED_FORM, _split(related), 0.9, extra=extra))
    for name, share, dimensions in (("hardly", 1.01, 2), ("not", 0.99, 1)):
        spread = share * 1e-7 / np.sqrt(4 / 3)  # with n - 1
        rows = np.stack([first, spread * second], axis=1)
        value, extra = (0.75 if dimensions == 2 else 1.0), {"dimensions": float(dimensions)}
        found.append(of_set("auc_z", f"a dimension that {name} varies", CLOSED_FORM, _split(rows), value, extra=extra))
    return found


def _split(rows: np.ndarray) -> list[CaseFeatures]:
    """Three cases. Dimensions that vary by rounding, and a row that is not a number, do not matter."""
    rounding = 6e-5 * (np.arange(len(rows)) % 2)
    rows = np.column_stack([rows, 1000.0 + rounding, -1000.0 + rounding])
    parts = np.array_split(rows, [len(rows) // 4, len(rows) // 2])
    parts[1] = np.concatenate([np.full((1, rows.shape[1]), np.nan), parts[1]])
    return [
        case(one, one, latents=part.astype(np.float32), case_id=str(number))
        for number, part in enumerate(parts)
        for one in [video(None, frames=len(part))]
    ]
