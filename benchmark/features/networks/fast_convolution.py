"""Convolutions with fewer multiplications, for CPUs: the same layer, the same weights, the same result up to rounding.

Libraries for GPUs choose such algorithms themselves; PyTorch's for CPUs multiplies every tap, about as fast as the
machine can multiply, so that fewer products are the only way to be faster.

One axis of the kernel goes through a bilinear algorithm (`bilinear`), all else is matrix products. The
other axis of a square kernel is summed up tap by tap. An algorithm over both axes would have fewer products, but here
the sums before and after are matrix products too, and nothing in between is several times as large as the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmark.features.networks.bilinear import Bilinear, whole_line, winograd

MIN_CHANNELS = 48
"""With fewer, the sums before and after cost about what the products save (measured on the layers of the Inception)."""
_KERNELS = {(k, k) for k in (3, 5)} | {(1, k) for k in (3, 5, 7)} | {(k, 1) for k in (3, 5, 7)}
_PRODUCTS = 8
_TILE_RESULTS = 4
_LONG_KERNEL = 7
_LONGEST_LINE = 32
"""Of a long kernel: the sums over a whole line grow with its square."""


def is_faster(layer: nn.Module) -> bool:
    """Whether the layer is a convolution that FastConv2d can replace and that has channels enough to gain by it."""
    return (
        isinstance(layer, nn.Conv2d)
        and layer.kernel_size in _KERNELS
        and layer.stride == layer.dilation == (1, 1)
        and layer.groups == 1
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
        and min(layer.in_channels, layer.out_channels) >= MIN_CHANNELS
    )


def use_fast_convolutions(network: nn.Module) -> None:
    """Replace, in place, the convolutions that gain by it."""
    for name, child in network.named_children():
        if isinstance(child, nn.Conv2d) and is_faster(child):
            setattr(network, name, FastConv2d(child))
        else:
            use_fast_convolutions(child)


@dataclass(frozen=True)
class _Plan:
    """An algorithm with its layer's weights, in float32."""

    data: Tensor  # [products, results + taps - 1]
    weights: Tensor  # [taps across, products, in, out]
    output: Tensor  # [results, products]


class FastConv2d(nn.Module):
    """A convolution of stride 1 over float32 pictures; what it says of one does not depend on the others in the batch.

    On other devices, in other precision and under autocast it is the convolution that it was made of. It keeps the
    weights of its first call, so it is for networks that are not trained any more.

    Raises:
        ValueError: the convolution is none that `is_faster` knows.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        if not is_faster(conv):
            raise ValueError(f"expected a convolution that fewer products make faster but got {conv}")
        self.conv = conv
        self._is_row = conv.kernel_size[0] == 1
        self._plans: dict[int | None, _Plan] = {}  # by length of the lines, where the algorithm depends on it

    def forward(
        self,
        x: Tensor,  # [B, in, H, W]
    ) -> Tensor:  # [B, out, H', W'], channels last in memory
        if x.device.type != "cpu" or x.dtype != torch.float32 or torch.is_autocast_enabled("cpu"):
            result: Tensor = self.conv(x)
            return result
        # Along the columns where there is a choice: a picture's rows are in one piece in memory.
        before, beside = (int(padding) for padding in self.conv.padding)
        if self._is_row:
            y = self._lines(x.permute(3, 0, 2, 1), beside, before).permute(1, 3, 2, 0)
        else:
            y = self._lines(x.permute(2, 0, 3, 1), before, beside).permute(1, 3, 0, 2)
        out = torch.empty(y.shape, memory_format=torch.channels_last)
        return torch.add(y, 0.0 if self.conv.bias is None else self.conv.bias[:, None, None], out=out)

    def _lines(
        self,
        x: Tensor,  # [L, B, K, in]: L along the lines, K across
        before: int,
        beside: int,
    ) -> Tensor:  # [L', B, K', out]
        length, pictures, across, channels = x.shape
        plan = self._plan(length, before)
        results, products, outputs = len(plan.output), len(plan.data), plan.weights.shape[-1]
        overlap, taps_across = plan.data.shape[1] - results, len(plan.weights)
        count, padded = length + 2 * before - overlap, across + 2 * beside
        tiles, rows = -(-count // results), pictures * padded
        # At a picture's end the kernel reaches into the next picture, or behind the last: such rows are dropped.
        lines = x.new_zeros(tiles * results + overlap, rows + taps_across - 1, channels)
        inside = lines[before : before + length, :rows].view(length, pictures, padded, channels)
        inside[:, :, beside : beside + across] = x
        out = x.new_empty(tiles * results, rows * outputs)
        for start in range(0, len(out), results):
            tile = lines[start : start + results + overlap].flatten(1)
            sums = torch.mm(plan.data, tile).view(products, -1, channels)
            multiplied = torch.bmm(sums[:, :rows], plan.weights[0])
            for tap in range(1, taps_across):
                multiplied.baddbmm_(sums[:, tap : tap + rows], plan.weights[tap])
            torch.mm(plan.output, multiplied.flatten(1), out=out[start : start + results])
        return out.view(-1, pictures, padded, outputs)[:count, :, : padded - taps_across + 1]

    def _plan(self, length: int, before: int) -> _Plan:
        taps = max(self.conv.kernel_size)
        whole = taps >= _LONG_KERNEL and length <= _LONGEST_LINE and before == taps // 2
        key = length if whole else None
        if key not in self._plans:
            algorithm = whole_line(length, taps) if whole else winograd(min(_TILE_RESULTS, _PRODUCTS + 1 - taps), taps)
            self._plans[key] = self._weigh(algorithm)
        return self._plans[key]

    def _weigh(self, algorithm: Bilinear) -> _Plan:
        weight = self.conv.weight.detach().double()  # [out, in, across, along]
        if not self._is_row:
            weight = weight.transpose(2, 3)
        weights = torch.einsum("pk,oiak->apio", algorithm.kernel, weight)
        return _Plan(algorithm.data.float(), weights.float().contiguous(), algorithm.output.float().contiguous())
