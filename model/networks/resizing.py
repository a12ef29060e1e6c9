"""Convolutions before or after a resizing as one convolution of another size, exact up to rounding.

A convolution after nearest up-sampling reads every pixel several times, and one before average pooling computes four
values where one is kept. The weights here are sums of theirs, and 4/9 of the multiplications are left. Gradients reach
the kernel through the sums.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

# Which taps of a 3-tap kernel carry a low-resolution pixel to each of the four pixels that it reaches.
_REACH = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])  # [reached, tap]


def upsampling_weight(
    weight: Tensor,  # [out, in, 3, 3], to be applied after nearest x2
) -> Tensor:  # [in, out, 4, 4], for a transposed convolution with stride 2 and padding 1
    """What one low-resolution pixel adds to the pixels around it."""
    reach = _REACH.to(weight)
    return torch.einsum("oiyx,ay,bx->ioab", weight, reach, reach)


def pooled_weight(
    weight: Tensor,  # [out, in, 3, 3], to be applied before average pooling by 2
) -> Tensor:  # [out, in, 4, 4], to be applied with stride 2 and padding 1
    """The mean of the four shifts of a kernel that one pooled pixel sees."""
    return torch.stack([F.pad(weight, (x, 1 - x, y, 1 - y)) for y in (0, 1) for x in (0, 1)]).mean(dim=0)
