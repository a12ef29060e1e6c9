"""Figure 3: how many directions the expression latents use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.analysis.material import Clip
from model.avatar.avatar import Avatar
from model.networks.errors import ModelError

THRESHOLDS = (0.80, 0.90, 0.95, 0.99)


def explained_variance(
    latents: np.ndarray,  # float [N, d]
) -> np.ndarray:
    """Cumulative share of variance explained by the first i principal components of standardised latents, float64 [d].

    Equation 1 of the paper: its mean is AUC_z. Dimensions without variance are left out.

    Raises:
        ModelError: fewer samples than dimensions that vary, which would look like collapse.
    """
    z = latents.astype(np.float64)
    deviation = z.std(axis=0, ddof=1)
    varies = deviation > 1e-12 * np.abs(z).max()
    if len(z) <= varies.sum() or not varies.any():
        raise ModelError(f"expected more frames than dimensions of z that vary ({varies.sum()}) but got {len(z)}")
    standard = (z[:, varies] - z[:, varies].mean(axis=0)) / deviation[varies]
    eigenvalues = np.clip(np.linalg.eigvalsh(standard.T @ standard)[::-1], 0, None)
    cumulative: np.ndarray = np.cumsum(eigenvalues) / eigenvalues.sum()
    return cumulative


def components_needed(cumulative: np.ndarray, threshold: float) -> int:
    """Components that explain at least this share."""
    return int(np.searchsorted(cumulative, threshold - 1e-12) + 1)


def analyse(avatar: Avatar, clips: Sequence[Clip], out: Path) -> dict[str, Any]:
    """Write OUT/latent.png and give the numbers."""
    from model.analysis.drawing import figure

    z = np.concatenate([avatar.read(clip.crops).z.cpu().numpy() for clip in clips])
    curve = explained_variance(z)
    needed = {f"{threshold:.0%}": components_needed(curve, threshold) for threshold in THRESHOLDS}
    with figure(out / "latent.png", 1, 2, (9.0, 3.4)) as (left, right):
        left.plot(np.arange(1, len(curve) + 1), curve, color="#2456a6")
        left.set(
            xlabel="principal components", ylabel="variance explained", ylim=(0, 1.02), title=f"AUC {curve.mean():.3f}"
        )
        left.grid(alpha=0.3)
        bars = right.bar(list(needed), list(needed.values()), color="#2456a6")
        right.bar_label(bars)
        right.margins(y=0.12)
        right.set(xlabel="variance explained", ylabel="components needed", title=f"z has {z.shape[1]} dimensions")
    return {
        "frames": len(z),
        "dimensions": z.shape[1],
        "dimensions_without_variance": z.shape[1] - len(curve),
        "auc_z": float(curve.mean()),
        "components_needed": needed,
        "cumulative_explained_variance": [round(float(value), 6) for value in curve],
    }
