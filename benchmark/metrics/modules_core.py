"""What `benchmark.metrics.modules` is built on, and its classes of expression, pose, identity, latents and FID.

Each is a thin state over the functions of this package: sums, or moments that merge exactly. `update` takes
tensors of one batch, `compute` gives a float64 scalar and raises where there is nothing to score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric

from benchmark.metrics import expression, frechet, identity, pose
from benchmark.metrics.auc_z import latent_spectrum
from benchmark.metrics.moments import Moments, merge, moments_of


class _Ratio(Metric):
    """numerator / denominator of float64 sums."""

    full_state_update = False
    numerator: Tensor
    denominator: Tensor

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("numerator", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("denominator", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.set_dtype(torch.float64)

    def _add(self, numerator: float, denominator: float) -> None:
        self.numerator += numerator
        self.denominator += denominator

    def _ratio(self) -> Tensor:
        if float(self.denominator) == 0.0:
            raise ValueError(f"expected something to score but {type(self).__name__} saw none")
        return self.numerator / self.denominator


class _Mean(_Ratio):
    """Mean of per-frame values."""

    higher_is_better = False

    def _add_values(self, values: np.ndarray) -> None:
        self._add(float(values.sum()), float(values.size))

    def compute(self) -> Tensor:
        return self._ratio()


class ExpressionTransfer(_Ratio):
    """`expression_transfer[mesh468]` pooled over all frames of all batches. One person pair per update."""

    higher_is_better = True

    def update(
        self,
        output: Tensor,  # [T, 468, 3] landmarks, px
        driver: Tensor,  # [T, 468, 3]
        output_rest: Tensor,  # [468, 3] first frame of the output's clip
        driver_rest: Tensor,  # [468, 3] first frame of the driver's clip
    ) -> None:
        error, motion = expression.expression_residuals(*map(_array, (output, driver, output_rest, driver_rest)))
        self._add(error.sum(), motion.sum())

    def compute(self) -> Tensor:
        return 1.0 - self._ratio()


class ExpressionError(_Mean):
    """`expression_error[mesh468]`, same arguments as `ExpressionTransfer`."""

    def update(self, output: Tensor, driver: Tensor, output_rest: Tensor, driver_rest: Tensor) -> None:
        self._add_values(expression.expression_residuals(*map(_array, (output, driver, output_rest, driver_rest)))[0])


class PoseTransfer(_Ratio):
    """`pose_transfer[mesh468]` pooled over all frames of all batches."""

    higher_is_better = True

    def update(
        self,
        output: Tensor,  # [T, 468, 3] landmarks, px
        driver: Tensor,  # [T, 468, 3]
        output_rest: Tensor,  # [468, 3] first frame of the output's clip
        driver_rest: Tensor,  # [468, 3] first frame of the driver's clip
    ) -> None:
        error, motion = pose.pose_residuals(*map(_array, (output, driver, output_rest, driver_rest)))
        self._add(error.sum(), motion.sum())

    def compute(self) -> Tensor:
        return 1.0 - self._ratio()


class PoseError(_Mean):
    """Mean angle between rotations, degrees: `pose_error_deg[mesh468]` on `head_rotation(landmarks)`."""

    def update(
        self,
        output: Tensor,  # [T, 3, 3] rotations
        driver: Tensor,  # [T, 3, 3] rotations
    ) -> None:
        self._add_values(pose.geodesic_deg(_array(output), _array(driver)))


class IdentityCosine(_Mean):
    """Mean cosine similarity of descriptors (CSIM with whatever network made them)."""

    higher_is_better = True

    def update(
        self,
        output: Tensor,  # [B, d]
        source: Tensor,  # [B, d] or [d]
    ) -> None:
        self._add_values(identity.cosine_similarity(_array(output), _array(source)))


class AucZ(Metric):
    """AUC_z of latents (paper Eq. 1)."""

    higher_is_better = False
    full_state_update = False
    packed: Tensor

    def __init__(self, dimensions: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("packed", _empty(dimensions), dist_reduce_fx=_reduce_packed)
        self.set_dtype(torch.float64)

    def update(
        self,
        latents: Tensor,  # [B, d]
    ) -> None:
        self.packed = _accumulate(self.packed, latents)

    def compute(self) -> Tensor:
        return torch.tensor(latent_spectrum(_unpack(self.packed)).auc_z, dtype=torch.float64)


class FrechetDistance(Metric):
    """Frechet distance of streams of features; FID with pool3 features of `benchmark.features.networks.inception`."""

    higher_is_better = False
    full_state_update = False
    real: Tensor
    generated: Tensor

    def __init__(self, dimensions: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_state("real", _empty(dimensions), dist_reduce_fx=_reduce_packed)
        self.add_state("generated", _empty(dimensions), dist_reduce_fx=_reduce_packed)
        self.set_dtype(torch.float64)

    def update(
        self,
        features: Tensor,  # [B, d]
        *,
        real: bool,
    ) -> None:
        if real:
            self.real = _accumulate(self.real, features)
        else:
            self.generated = _accumulate(self.generated, features)

    def compute(self) -> Tensor:
        value = frechet.frechet_from_moments(_unpack(self.generated), _unpack(self.real))
        return torch.tensor(value, dtype=torch.float64)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().double().numpy()


def _empty(dimensions: int) -> Tensor:
    """Moments of nothing in one tensor, so that a reducer sees all: rows [n, 0, ...], mean, scatter."""
    return torch.zeros(dimensions + 2, dimensions, dtype=torch.float64)


def _pack(moments: Moments, like: Tensor) -> Tensor:
    head = np.zeros_like(moments.mean)
    head[0] = moments.n
    return torch.from_numpy(np.vstack([head, moments.mean, moments.scatter])).to(like.device)


def _unpack(packed: Tensor) -> Moments:
    rows = packed.detach().cpu().numpy()
    return Moments(int(rows[0, 0]), rows[1], rows[2:])


def _accumulate(packed: Tensor, samples: Tensor) -> Tensor:
    return _pack(merge(_unpack(packed), moments_of(_array(samples))), packed)


def _reduce_packed(stacked: Tensor) -> Tensor:
    """[shards, d + 2, d] to [d + 2, d]."""
    total = _unpack(stacked[0])
    for shard in stacked[1:]:
        total = merge(total, _unpack(shard))
    return _pack(total, stacked)
