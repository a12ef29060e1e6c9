"""The two re-parametrisations of the published layers, evaluated once instead of at every call."""

from __future__ import annotations

import torch
from torch import Tensor

_EPS = 1e-5
"""Added to the standard deviation by the published weight standardisation."""


def spectral_weight(
    original: Tensor,  # [out, ...]
    u: Tensor,  # [out]
    v: Tensor,  # [product of the rest]
) -> Tensor:  # [out, ...] float32
    """`W / (u^T W v)`: spectral normalisation in evaluation mode (Miyato et al. 2018), in double precision."""
    matrix = original.double().flatten(1)
    sigma = u.double() @ matrix @ v.double()
    return (original.double() / sigma).float()


def standardised_weight(
    weight: Tensor,  # [out, ...]
) -> Tensor:  # [out, ...] float32
    """Zero mean and unit (unbiased) deviation per filter (Qiao et al. 2019), in double precision."""
    rows = weight.double().flatten(1)
    std, mean = torch.std_mean(rows, dim=1, keepdim=True)
    return ((rows - mean) / (std + _EPS)).view_as(weight).float()
