"""AUC_z (Eq. 1) and figure 3: how evenly an expression space spreads its variance over principal components.

The benchmark's metric, the analysis of a checkpoint and what is watched while training are all computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from model.networks.errors import ModelError

MAX_CURVE_POINTS = 256


@dataclass(frozen=True)
class LatentSpectrum:
    """Eigenvalues of the correlation matrix of z, and what follows from them."""

    eigenvalues: np.ndarray  # float64 [d], descending
    constant_dims: int  # dimensions without variance, left out
    n: int

    @property
    def cumulative(self) -> np.ndarray:
        """Cumulative explained variance, float64 [d], ending at 1."""
        total: np.ndarray = np.cumsum(self.eigenvalues) / self.eigenvalues.sum()
        return total

    @property
    def auc_z(self) -> float:
        """Mean of the cumulative explained variance: (d + 1) / 2d if isotropic, near 1 if collapsed."""
        return float(self.cumulative.mean())

    @property
    def effective_rank(self) -> float:
        """exp of the entropy of the explained variances (Roy and Vetterli 2007)."""
        share = self.eigenvalues / self.eigenvalues.sum()
        share = share[share > 0]
        return float(np.exp(-(share * np.log(share)).sum()))

    def curve(self, max_points: int = MAX_CURVE_POINTS) -> tuple[np.ndarray, np.ndarray]:
        """(number of components, their cumulative explained variance) of Fig. 3; thinned evenly, ends kept."""
        if max_points < 2:
            raise ValueError(f"expected at least 2 points but got {max_points}")
        counts = np.unique(np.rint(np.linspace(1, len(self.eigenvalues), max_points)).astype(int))
        return counts, self.cumulative[counts - 1]

    def components_for(self, percent: float) -> int:
        """Fewest leading components that explain at least `percent` of the variance."""
        return int(np.searchsorted(self.cumulative, percent / 100.0 - 1e-12) + 1)


class Moments(Protocol):
    """What is summed up of latents, all at once or piece by piece."""

    @property
    def n(self) -> int: ...
    @property
    def mean(self) -> np.ndarray: ...  # float64 [d]
    @property
    def covariance(self) -> np.ndarray: ...  # float64 [d, d], unbiased; read where n is at least 2


@dataclass(frozen=True)
class _Sample:
    n: int
    mean: np.ndarray
    covariance: np.ndarray


def latent_spectrum(moments: Moments) -> LatentSpectrum:
    """Spectrum of standardised latents.

    Dimensions with no variance cannot be standardised: they are left out and counted. The divisor of the
    standard deviation (n or n - 1) cancels in the explained variances.

    Raises:
        ModelError: fewer than 2 samples, fewer samples than dimensions (the missing eigenvalues would be zero and
            look like collapse), or no dimension that varies.
    """
    if moments.n < 2:
        raise ModelError(f"expected at least 2 latents but got {moments.n}")
    deviation = np.sqrt(np.diag(moments.covariance))
    varies = deviation > 1e-7 * np.maximum(1.0, np.abs(moments.mean))  # float32 rounding of a constant
    d = int(varies.sum())
    if d == 0:
        raise ModelError("expected latents that vary but all dimensions are constant")
    if moments.n < d:
        raise ModelError(f"expected at least as many latents as dimensions that vary ({d}) but got {moments.n}")
    scale = deviation[varies]
    correlation = moments.covariance[np.ix_(varies, varies)] / np.outer(scale, scale)
    eigenvalues = np.maximum(np.linalg.eigvalsh(correlation)[::-1], 0.0)
    return LatentSpectrum(eigenvalues, len(varies) - d, moments.n)


def spectrum_of(
    latents: np.ndarray,  # float [n, d]
) -> LatentSpectrum:
    """`latent_spectrum` of latents that lie in memory."""
    z = np.asarray(latents, dtype=np.float64)
    centred = z - z.mean(axis=0)
    return latent_spectrum(_Sample(len(z), z.mean(axis=0), centred.T @ centred / max(1, len(z) - 1)))
