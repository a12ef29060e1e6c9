"""3x3 convolution with 4/9 of the multiplications, for CPUs.

Winograd's F(2x2, 3x3) (Lavin and Gray 2016): 4x4 tiles of the input and the kernels are transformed by sums, the
transforms are multiplied as 16 matrix products, and sums of those are 2x2 tiles of the output. Exact up to rounding.
GPU libraries choose such algorithms themselves; PyTorch's CPU library does not.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MIN_CHANNELS = 192
"""Below, the transforms cost about what the saved multiplications do (measured at the sizes of the decoder)."""
_STRIP_VALUES = 1 << 22
"""Values of a strip of transformed tiles: what stays near the cache."""


def kernel_transform(
    weight: Tensor,  # [out, in, 3, 3]
) -> Tensor:  # [16, in, out]
    """`G g G^T` of every kernel, in double precision."""
    g = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], dtype=torch.float64)
    transformed = torch.einsum("ay,oiyx,bx->abio", g, weight.double().cpu(), g)
    return transformed.flatten(0, 1).to(weight)


class WinogradConv2d(nn.Module):
    """A 3x3 convolution with stride 1 and padding 1 over pictures of even sides."""

    transformed: Tensor

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.register_buffer("transformed", kernel_transform(conv.weight.detach()))
        self.bias = conv.bias

    def forward(self, x: Tensor) -> Tensor:  # [B, in, H, W] -> [B, out, H, W], channels-last
        batch, channels, height, width = x.shape
        out_channels = self.transformed.shape[2]
        out = torch.empty((batch, height, width, out_channels), dtype=x.dtype, device=x.device)
        padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1))  # [B, H + 2, W + 2, in]
        rows = max(1, _STRIP_VALUES // (8 * width * max(channels, out_channels)))  # of tiles
        for picture in range(batch):
            for top in range(0, height // 2, rows):
                count = min(rows, height // 2 - top)
                strip = padded[picture, 2 * top : 2 * (top + count) + 2]
                self._strip(strip, out[picture, 2 * top : 2 * (top + count)])
        if self.bias is not None:
            out += self.bias
        return out.permute(0, 3, 1, 2)

    def _strip(
        self,
        strip: Tensor,  # [2 R + 2, W + 2, in]
        out: Tensor,  # [2 R, W, out], filled
    ) -> None:
        tiles = torch.empty((16, out.shape[0] // 2, out.shape[1] // 2, strip.shape[2]), dtype=strip.dtype)
        for i, line in enumerate(_input_sums(strip, 0)):
            for j, values in enumerate(_input_sums(line, 1)):
                tiles[4 * i + j] = values
        products = torch.bmm(tiles.flatten(1, 2), self.transformed).view(4, 4, *tiles.shape[1:3], -1)
        for row, line in enumerate(_output_sums(products)):
            for column, values in enumerate(_output_sums(line)):
                out[row::2, column::2] = values


def _input_sums(x: Tensor, dim: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`B^T d` along one axis: 4 taps of overlapping tiles with stride 2."""
    count = x.shape[dim] - 2
    a, b = (x.narrow(dim, start, count)[(slice(None),) * dim + (slice(None, None, 2),)] for start in (0, 1))
    c = x.narrow(dim, 2, count)[(slice(None),) * dim + (slice(None, None, 2),)]
    d = x[(slice(None),) * dim + (slice(3, None, 2),)]
    return a - c, b + c, c - b, b - d


def _output_sums(x: Tensor) -> tuple[Tensor, Tensor]:
    """`A^T m` along the first axis."""
    return x[0] + x[1] + x[2], x[1] - x[2] - x[3]


def use_winograd(network: nn.Module) -> None:
    """Replace, in place, the 3x3 convolutions of stride 1 that are wide enough."""
    for name, child in network.named_children():
        if (
            isinstance(child, nn.Conv2d)
            and child.kernel_size == (3, 3)
            and child.stride == (1, 1)
            and min(child.in_channels, child.out_channels) >= MIN_CHANNELS
        ):
            setattr(network, name, WinogradConv2d(child))
        else:
            use_winograd(child)
