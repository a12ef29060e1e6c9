"""Distances of distributions of features as `torchmetrics.Metric` classes; `FrechetDistance` is in `modules`.

These need all samples at once: their state is a list of batches that is concatenated across workers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat

from benchmark.metrics import fid_infinity, kid, precision_recall


class _TwoSamples(Metric):
    """Features of real and generated samples."""

    full_state_update = False
    real: list[Tensor]
    generated: list[Tensor]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("real", default=[], dist_reduce_fx="cat")
        self.add_state("generated", default=[], dist_reduce_fx="cat")

    def update(
        self,
        features: Tensor,  # [B, d]
        *,
        real: bool,
    ) -> None:
        if features.ndim != 2:
            raise ValueError(f"expected features [B, d] but got {list(features.shape)}")
        (self.real if real else self.generated).append(features.detach())

    def _samples(self) -> tuple[np.ndarray, np.ndarray]:
        """Generated and real, float64. Raises ValueError when a side is empty."""
        if not len(self.real) or not len(self.generated):
            raise ValueError(f"expected real and generated features but {type(self).__name__} lacks a side")
        generated, real = (dim_zero_cat(side).cpu().double().numpy() for side in (self.generated, self.real))
        return generated, real


class KernelDistance(_TwoSamples):
    """Unbiased MMD^2 over all pairs: `kid[pytorch-fid]` with the features of that mode."""

    higher_is_better = False

    def compute(self) -> Tensor:
        return torch.tensor(kid.kernel_distance(*self._samples()), dtype=torch.float64)


class KernelDistanceSubsets(_TwoSamples):
    """Mean over random subsets, as torch-fidelity draws them: `kid[torch-fidelity]` with the features of that mode."""

    higher_is_better = False

    def __init__(
        self,
        n_subsets: int = kid.N_SUBSETS,
        subset_size: int = kid.SUBSET_SIZE,
        seed: int = kid.SUBSET_SEED,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._n_subsets, self._subset_size, self._seed = n_subsets, subset_size, seed

    def compute(self) -> Tensor:
        generated, real = self._samples()
        values = kid.kernel_distance_subsets(
            generated, real, n_subsets=self._n_subsets, subset_size=self._subset_size, seed=self._seed
        )
        return torch.tensor(values.mean(), dtype=torch.float64)


class PrecisionRecall(_TwoSamples):
    """Improved precision and recall as a tensor [2]."""

    higher_is_better = True

    def __init__(self, neighbours: int = precision_recall.NEIGHBOURS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._neighbours = neighbours

    def compute(self) -> Tensor:
        values = precision_recall.precision_recall(*self._samples(), self._neighbours)
        return torch.tensor(values, dtype=torch.float64)


class FrechetDistanceInfinity(_TwoSamples):
    """Frechet distance extrapolated to infinitely many samples: `fid_infinity[pytorch-fid]`."""

    higher_is_better = False

    def __init__(self, seed: int = fid_infinity.SEED, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seed = seed

    def compute(self) -> Tensor:
        line = fid_infinity.extrapolate(*self._samples(), seed=self._seed)
        return torch.tensor(line.value, dtype=torch.float64)
