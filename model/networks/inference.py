"""Exact rewrites of trained blocks that cost less, for inference only.

Resizing commutes with what is linear: a convolution after nearest up-sampling reads every pixel several times, and one
before average pooling computes four values where one is kept. Both become convolutions of another size whose weights
are sums of the trained ones, so results agree up to rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.layers import ResBlock2d
from model.networks.resizing import pooled_weight

# Which rows of a 3-tap kernel read the nearer and the farther low-resolution row, for even and odd output rows.
_TAPS = torch.tensor([[[1.0, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]])  # [parity, low-resolution tap, tap]


def upsampled_weight(
    weight: Tensor,  # [out, in, 3, 3], to be applied after nearest x2
) -> Tensor:  # [4 * out, in, 2, 2]: all output channels for each of the four positions of a pixel in its 2 x 2 cell
    """Weights on the low-resolution picture; apply with padding 1, then `interleave`."""
    taps = _TAPS.to(weight)
    parts = torch.einsum("oiyx,pay,qbx->pqoiab", weight, taps, taps)
    return parts.flatten(0, 2)


def interleave(
    x: Tensor,  # [B, 4 * C, H + 1, W + 1], of `upsampled_weight`
) -> Tensor:  # [B, C, 2 * H, 2 * W]
    """Each position of the 2 x 2 cell reads its own shift of the low-resolution grid."""
    batch, channels, height, width = x.shape[0], x.shape[1] // 4, x.shape[2] - 1, x.shape[3] - 1
    cells = x.unflatten(1, (2, 2, channels))
    out = torch.empty(
        (batch, channels, 2 * height, 2 * width),
        dtype=x.dtype,
        device=x.device,
        memory_format=torch.channels_last,
    )
    for row in (0, 1):
        for column in (0, 1):
            out[:, :, row::2, column::2] = cells[:, row, column, :, row : row + height, column : column + width]
    return out


class FusedUpBlock(nn.Module):
    """`ResBlock2d(resize="up")` whose first convolution and skip run at the low resolution: 4/9 of their cost."""

    def __init__(self, block: ResBlock2d) -> None:
        super().__init__()
        self.norm1, self.norm2, self.skip, self.conv2 = block.norm1, block.norm2, block.skip, block.conv2
        conv = block.conv1
        self.conv1 = nn.Conv2d(conv.in_channels, 4 * conv.out_channels, 2, padding=1).to(conv.weight)
        assert conv.bias is not None
        with torch.no_grad():
            self.conv1.weight.copy_(upsampled_weight(conv.weight))
            self.conv1.bias.copy_(conv.bias.repeat(4))  # type: ignore[union-attr]

    def forward(
        self,
        x: Tensor,  # [B, in, H, W]
        embedding: Tensor | None = None,
    ) -> Tensor:  # [B, out, 2 H, 2 W]
        extra = () if embedding is None else (embedding,)
        main = interleave(self.conv1(self.norm1(x, *extra, relu=True)))
        out = self.conv2(self.norm2(main, *extra, relu=True, inplace=True))
        cells = out.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))  # [B, out, H, 2, W, 2]
        cells += self.skip(x)[:, :, :, None, :, None]  # nearest up-sampling, in place
        return out


class FusedDownBlock(nn.Module):
    """`ResBlock2d(resize="down")` whose second convolution pools (4/9 of its cost) and whose skip reads less."""

    def __init__(self, block: ResBlock2d) -> None:
        super().__init__()
        self.norm1, self.norm2, self.skip, self.conv1 = block.norm1, block.norm2, block.skip, block.conv1
        conv = block.conv2
        self.conv2 = nn.Conv2d(conv.in_channels, conv.out_channels, 4, stride=2, padding=1, bias=False).to(conv.weight)
        with torch.no_grad():
            self.conv2.weight.copy_(pooled_weight(conv.weight))

    def forward(
        self,
        x: Tensor,  # [B, in, 2 H, 2 W]
        embedding: Tensor | None = None,
    ) -> Tensor:  # [B, out, H, W]
        extra = () if embedding is None else (embedding,)
        main = self.conv1(self.norm1(x, *extra, relu=True))
        pooled = self.conv2(self.norm2(main, *extra, relu=True, inplace=True))
        return pooled.add_(self.skip(F.avg_pool2d(x, 2)))


def fuse_blocks(blocks: nn.ModuleList | nn.Sequential) -> None:
    """Replace the resizing blocks in place."""
    for index, block in enumerate(blocks):
        if isinstance(block, ResBlock2d) and block.resize != "none":
            blocks[index] = FusedUpBlock(block) if block.resize == "up" else FusedDownBlock(block)
