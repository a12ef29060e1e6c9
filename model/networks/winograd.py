"""3x3 and 3x3x3 convolutions with half of the multiplications, for CPUs in float32.

Winograd's F(4, 3) (Lavin and Gray 2016) along one axis: of every six neighbouring rows six sums are made, each is
convolved with its own kernel over the other axes, and sums of the six results are four rows of the output. That is 6
convolutions with a third of the kernel for every 4 rows, where PyTorch's convolution has 12. In three dimensions the
rows are planes. Exact up to rounding (relative error 2e-6 instead of 1e-6).

The products are PyTorch's own convolutions, so they are as fast as those on every machine; what this costs besides is
memory traffic, about 40 bytes for each value of the picture. `MIN_PRODUCTS` keeps that below what is saved.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MIN_PRODUCTS = 128 * 9
"""Channels times taps from which on layers are replaced. Half of these multiply-adds are saved for each value: 4.8 ns
of a core with 240 GFLOP/s (AVX-512), which needs 8 GB/s from its caches to move the 40 bytes meanwhile. A slower core
gains more: measured, 1.6 to 2.3 times as fast as PyTorch's convolution on one with 38 GFLOP/s (AVX2)."""
_STRIP_VALUES = 1 << 21
"""Of the six sums of the tiles that are convolved together: what stays near the cache."""
_ROWS = 4  # of the output, from one tile of six rows of the input

_POINTS = (0.0, 1.0, -1.0, 2.0, -0.5)
"""Where polynomials are evaluated, besides infinity; of small numbers, these round least."""
_AT_ONE = 1  # this product enters all four rows with weight 1, so its convolution can add the bias


def _powers(count: int) -> Tensor:  # float64 [6, count]
    """Each point's powers 0 to count - 1; for infinity, the highest power alone."""
    infinity = [[0.0] * (count - 1) + [1.0]]
    return torch.tensor([[point**power for power in range(count)] for point in _POINTS] + infinity).double()


_KERNEL = _powers(3)  # [product, tap]
_INPUT = torch.linalg.inv(_powers(6)).T.float().contiguous()  # [product, row of the input]
_OUTPUT = _powers(4).T.float().contiguous()  # [row of the output, product]


class WinogradConv(nn.Module):
    """A convolution with kernel 3, stride 1 and padding 1 over channels-last pictures or volumes, for inference.

    Args:
        conv: what it computes; float32 on the CPU.
    """

    kernels: Tensor

    def __init__(self, conv: nn.Conv2d | nn.Conv3d) -> None:
        super().__init__()
        weight = conv.weight.detach().double()  # [out, in, 3, 3], or [out, in, 3, 3, 3]
        kernels = torch.einsum("pt,oit...->po...i", _KERNEL, weight)
        if weight.dim() == 4:
            kernels = kernels.unsqueeze(2)
        self.register_buffer("kernels", kernels.float().contiguous())  # [6, out, 1 or 3, 3, in]
        self.bias = conv.bias

    def forward(self, x: Tensor) -> Tensor:  # [B, in, (D,) H, W] -> [B, out, (D,) H, W], channels-last
        lines = x.movedim(1, -1).contiguous()  # [B, rows, ..., in]
        out = torch.empty((*lines.shape[:-1], self.kernels.shape[1]))
        across = (1, *lines.shape[2:-1])[-2:]  # of a row: 1, W; of a plane: H, W
        widest, cells = max(self.kernels.shape[1], lines.shape[-1]), math.prod(across)
        tiles = [(picture, row) for picture in range(len(lines)) for row in range(0, lines.shape[1], _ROWS)]
        strip = min(max(1, _STRIP_VALUES // (6 * cells * widest)), len(tiles))
        sums = torch.empty(6, strip, *across, lines.shape[-1])
        products = torch.empty(6, strip, *across, out.shape[-1])
        for start in range(0, len(tiles), strip):
            part = tiles[start : start + strip]
            for place, (picture, row) in enumerate(part):
                first, end = max(row - 1, 0), min(row + 5, lines.shape[1])  # rows beyond the edge are zeros
                weights = _INPUT[:, first - row + 1 : end - row + 1]
                torch.mm(weights, lines[picture, first:end].flatten(1), out=sums[:, place].flatten(1))
            self._multiply(sums[:, : len(part)], products[:, : len(part)])
            for place, (picture, row) in enumerate(part):
                rows = out[picture, row : row + _ROWS].flatten(1)
                torch.mm(_OUTPUT[: len(rows)], products[:, place].flatten(1), out=rows)
        return out.movedim(-1, 1)

    def _multiply(
        self,
        sums: Tensor,  # [6, tiles, 1 or H, W, in]
        products: Tensor,  # [6, tiles, 1 or H, W, out], filled
    ) -> None:
        padding = (self.kernels.shape[2] // 2, 1)
        for index, (one, kernel, product) in enumerate(zip(sums, self.kernels, products, strict=True)):
            bias = self.bias if index == _AT_ONE else None
            made = F.conv2d(one.permute(0, 3, 1, 2), kernel.permute(0, 3, 1, 2), bias, padding=padding)
            product.copy_(made.permute(0, 2, 3, 1))


def is_wide(layer: nn.Module) -> bool:
    """Whether the layer is a convolution that `WinogradConv` can replace and that is wide enough to gain by it."""
    return (
        isinstance(layer, nn.Conv2d | nn.Conv3d)
        and set(layer.kernel_size) == {3}
        and set(layer.stride) == set(layer.dilation) == set(layer.padding) == {1}
        and layer.groups == 1
        and min(layer.in_channels, layer.out_channels) * math.prod(layer.kernel_size) >= MIN_PRODUCTS
    )


def use_winograd(network: nn.Module) -> None:
    """Replace, in place, the convolutions that are wide enough."""
    for name, child in network.named_children():
        if isinstance(child, nn.Conv2d | nn.Conv3d) and is_wide(child):
            setattr(network, name, WinogradConv(child))
        else:
            use_winograd(child)
