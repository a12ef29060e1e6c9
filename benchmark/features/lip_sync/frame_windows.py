"""A convolution over every window of consecutive frames, as the first layer of a network on video has it.

Written as a 2D convolution its input channels are the window's frames one behind the other, and neighbouring windows
share all but one of them. On a CPU the sum over time goes through a bilinear algorithm, which uses that: eight
convolutions of single frames make four windows of five, where one by one they would be twenty.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmark.features.networks.bilinear import winograd

_TILE_WINDOWS = 4
_STRIP_ROWS = 28
"""Of results at a time: their products stay in a CPU's cache."""


class FrameWindowsConv(nn.Module):
    """A 3D convolution without padding whose windows move by one frame.

    Args:
        weight: [out, in, taps, kh, kw].
        bias: [out].
        stride: of the 2D convolution.
    """

    def __init__(self, weight: Tensor, bias: Tensor, stride: int) -> None:
        super().__init__()
        self._bias, self._stride, self._taps = bias, stride, weight.shape[2]
        self._algorithm = None
        if weight.device.type == "cpu" and weight.dtype == torch.float32:
            self._algorithm = winograd(_TILE_WINDOWS, self._taps)
            weight = torch.einsum("pt,oithw->poihw", self._algorithm.kernel, weight.double()).float()
            self._weights = [one.contiguous(memory_format=torch.channels_last) for one in weight]
        else:
            self._weights = [weight.transpose(1, 2).flatten(1, 2).contiguous(memory_format=torch.channels_last)]

    def forward(
        self,
        frames: Tensor,  # [T, H, W, in]
    ) -> Tensor:  # [T - taps + 1, out, H', W'], channels last in memory
        count = len(frames) - self._taps + 1
        if self._algorithm is None:
            stacked = frames.unfold(0, self._taps, 1).transpose(3, 4).flatten(3)  # [b, H, W, taps * in]
            return F.conv2d(stacked.permute(0, 3, 1, 2), self._weights[0], self._bias, self._stride)
        tiles = [self._tile(frames[start : start + self._reach]) for start in range(0, count, _TILE_WINDOWS)]
        return (tiles[0] if len(tiles) == 1 else torch.cat(tiles))[:count]

    @property
    def _reach(self) -> int:
        return _TILE_WINDOWS + self._taps - 1

    def _tile(self, frames: Tensor) -> Tensor:
        assert self._algorithm is not None
        if len(frames) < self._reach:
            frames = F.pad(frames, (0, 0, 0, 0, 0, 0, 0, self._reach - len(frames)))
        sums = torch.mm(self._algorithm.data.float(), frames.flatten(1)).view_as(frames)
        kernel = self._weights[0].shape[-1]
        height, width = ((size - kernel) // self._stride + 1 for size in frames.shape[1:3])
        out = torch.empty(_TILE_WINDOWS, height, width, len(self._bias))
        products = torch.empty(len(sums), _STRIP_ROWS, width, len(self._bias))
        output = self._algorithm.output.float()
        for top in range(0, height, _STRIP_ROWS):
            bottom = min(top + _STRIP_ROWS, height)
            strip = sums[:, top * self._stride : (bottom - 1) * self._stride + kernel].permute(0, 3, 1, 2)
            for product, one, weight in zip(products, strip, self._weights, strict=True):
                made = F.conv2d(one[None], weight, None, self._stride)
                product[: bottom - top] = made[0].permute(1, 2, 0)
            torch.mm(output, products[:, : bottom - top].flatten(1), out=out[:, top:bottom].flatten(1))
        return out.add_(self._bias).permute(0, 3, 1, 2)
