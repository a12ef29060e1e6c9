"""Resizing for less, exact up to rounding: as part of a convolution beside it, or by whole rows and columns.

A convolution after nearest up-sampling reads every pixel several times, and one before average pooling computes four
values where one is kept. The weights here are sums of theirs, and 4/9 of the multiplications are left. Gradients reach
the kernel through the sums.

PyTorch's average pooling and bilinear interpolation of pictures that are not channels-last take every value by itself:
on a CPU sums of shifted rows and columns take a third of the time.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable
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


def halved(
    x: Tensor,  # [B, C, 2 H, 2 W]
) -> Tensor:  # [B, C, H, W]
    """Average pooling by 2."""
    rows = x[..., 0::2, :] + x[..., 1::2, :]
    return (rows[..., 0::2] + rows[..., 1::2]).mul_(0.25)


def doubled(
    x: Tensor,  # [B, C, H, W]
) -> Tensor:  # [B, C, 2 H, 2 W]
    """Bilinear x2 between cell centres; without gradient, which `doubled_adjoint` gives."""
    return _lines_doubled(_lines_doubled(x, 3), 2)


def doubled_adjoint(
    gradient: Tensor,  # [B, C, 2 H, 2 W], of the result of `doubled`
) -> Tensor:  # [B, C, H, W]
    return _lines_adjoint(_lines_adjoint(gradient, 2), 3)


class Doubled(torch.autograd.Function):
    """`doubled` with its gradient."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        return doubled(x.contiguous())

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        return doubled_adjoint(gradient.contiguous())


def _lines_doubled(x: Tensor, axis: int) -> Tensor:
    count = x.shape[axis]
    pairs = x.new_empty(*x.shape[:axis], count, 2, *x.shape[axis + 1 :])
    even, odd = pairs.unbind(axis + 1)
    before, after = x.narrow(axis, 0, count - 1), x.narrow(axis, 1, count - 1)
    torch.lerp(after, before, 0.25, out=even.narrow(axis, 1, count - 1))
    torch.lerp(before, after, 0.25, out=odd.narrow(axis, 0, count - 1))
    even.select(axis, 0).copy_(x.select(axis, 0))
    odd.select(axis, -1).copy_(x.select(axis, -1))
    return pairs.flatten(axis, axis + 1)


def _lines_adjoint(gradient: Tensor, axis: int) -> Tensor:
    count = gradient.shape[axis] // 2
    even, odd = gradient.unflatten(axis, (count, 2)).unbind(axis + 1)
    out = (even + odd).mul_(0.75)
    out.narrow(axis, 0, count - 1).add_(even.narrow(axis, 1, count - 1), alpha=0.25)
    out.narrow(axis, 1, count - 1).add_(odd.narrow(axis, 0, count - 1), alpha=0.25)
    out.select(axis, 0).add_(even.select(axis, 0), alpha=0.25)
    out.select(axis, -1).add_(odd.select(axis, -1), alpha=0.25)
    return out
