"""The two re-parametrisations of the published layers, evaluated once instead of at every call."""

from __future__ import annotations

import torch
from torch import Tensor

_EPS = 1e-5
"""Added to the standard deviation by the published weight standardisation."""
_LEAST_AGREEMENT = 0.9
_NORM_TOLERANCE = 0.05  # float16 keeps a length to about 1e-3


def spectral_weight(
    original: Tensor,  # [out, ...]
    u: Tensor,  # [out]
    v: Tensor,  # [product of the rest]
) -> Tensor:  # [out, ...] float32
    """`W / (u^T W v)`: spectral normalisation in evaluation mode (Miyato et al. 2018), in double precision.

    Raises:
        ValueError: u and v are not the vectors of this matrix. A power iteration ends with u = W v / |W v|, so that
            after a step of training they still point the same way; those of another layer, of a transposed matrix, or
            with a sign turned, do not.
    """
    matrix = original.double().flatten(1)
    image = matrix @ v.double()
    sigma = u.double() @ image
    agreement = sigma / (u.double().norm() * image.norm())
    if not agreement >= _LEAST_AGREEMENT:
        raise ValueError(f"u and W v point {float(agreement):.2f} the same way, expected at least {_LEAST_AGREEMENT}")
    if not abs(u.double().norm() - 1) <= _NORM_TOLERANCE or not abs(v.double().norm() - 1) <= _NORM_TOLERANCE:
        raise ValueError(f"u and v have lengths {float(u.norm()):.3g} and {float(v.norm()):.3g}, expected 1")
    return (original.double() / sigma).float()


def standardised_weight(
    weight: Tensor,  # [out, ...]
) -> Tensor:  # [out, ...] float32
    """Zero mean and unit (unbiased) deviation per filter (Qiao et al. 2019), in double precision."""
    rows = weight.double().flatten(1)
    std, mean = torch.std_mean(rows, dim=1, keepdim=True)
    return ((rows - mean) / (std + _EPS)).view_as(weight).float()
