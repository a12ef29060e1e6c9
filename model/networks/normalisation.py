"""Group normalisation and the ReLU behind it, exact for pictures that lie channels-last."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_STRIP_VALUES = 1 << 18
"""At a time, of a picture or of several small ones: what is still in the cache when its squares are summed, or when the
ReLU follows."""


class GroupNorm(nn.GroupNorm):
    """`nn.GroupNorm`, with or without a ReLU, as exact for channels-last inputs on a CPU as for contiguous ones.

    PyTorch sums x and x^2 of a channels-last picture one after the other in float32: with 128 channels, 512 px and a
    mean of 5 standard deviations the result is off by 1e-3. Here squares are summed around the mean, in float64 from
    strip to strip, which is off by 2e-6 and takes about the same time. With gradients, in other types, on other
    devices and while a graph is traced it is PyTorch's.
    """

    def forward(
        self,
        x: Tensor,  # [B, C, ...]
        *,
        relu: bool = False,
        inplace: bool = False,
    ) -> Tensor:  # as x
        """Normalise; `relu` cuts off what is negative, `inplace` permits to write into x."""
        if not self.sums_itself(x):
            y = F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)
            return F.relu(y, inplace=True) if relu else y  # no gradient needs y
        return scale_and_shift(x, *self.channel_affine(x), relu=relu, inplace=inplace)

    def channel_affine(
        self,
        x: Tensor,  # [B, C, ...] channels-last
    ) -> tuple[Tensor, Tensor]:  # float64 [B, C] each
        """The scale and the shift of every channel that normalise x."""
        mean, variance = group_moments(x, self.num_groups)
        scale = self.weight.double().view(self.num_groups, -1) * (variance + self.eps).rsqrt()
        shift = self.bias.double().view(self.num_groups, -1) - mean * scale
        return scale.flatten(1), shift.flatten(1)

    def sums_itself(self, x: Tensor) -> bool:
        """Whether x is an input for which PyTorch's sums are not exact and these are made for."""
        last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(x.dim())
        return (
            last is not None
            and x.device.type == "cpu"
            and x.dtype == self.weight.dtype == torch.float32
            and x.is_contiguous(memory_format=last)
            and not x.is_contiguous()
            and not (torch.is_grad_enabled() and (x.requires_grad or self.weight.requires_grad))
            and not torch.compiler.is_compiling()
        )


def group_moments(
    x: Tensor,  # float32 [B, C, ...] channels-last
    groups: int,
) -> tuple[Tensor, Tensor]:  # float64 [B, groups, 1] each
    """Mean and variance of every group."""
    means, variances = [], []
    for cells in _pictures(x):
        mean = cells.mean(1, keepdim=True)
        squares = torch.zeros(mean[:, 0].shape, dtype=torch.float64)
        for strip in _strips(cells):
            squares += (strip - mean).square_().sum(1)
        values = (mean[:, 0].double(), squares / cells.shape[1])
        of_channels, of_groups = (value.unflatten(1, (groups, -1)) for value in values)
        group_mean = of_channels.mean(2, keepdim=True)
        means.append(group_mean)
        variances.append((of_groups + (of_channels - group_mean).square()).mean(2, keepdim=True))
    return torch.cat(means), torch.cat(variances)


def scale_and_shift(
    x: Tensor,  # [B, C, ...] channels-last
    scale: Tensor,  # [B, C]
    shift: Tensor,  # [B, C]
    *,
    relu: bool,
    inplace: bool,
) -> Tensor:  # as x
    """`x * scale + shift`, and the ReLU of it while it is in the cache."""
    out = x if inplace else torch.empty_like(x)
    at_once = _at_once(x)
    affine = (value.to(x.dtype)[:, None].split(at_once) for value in (scale, shift))
    for cells, results, factor, offset in zip(_pictures(x), _pictures(out), *affine, strict=True):
        for strip, result in zip(_strips(cells), _strips(results), strict=True):
            torch.addcmul(offset, strip, factor, out=result)
            if relu:
                result.relu_()
    return out


def _at_once(x: Tensor) -> int:
    return max(1, _STRIP_VALUES // x[0].numel())


def _pictures(
    x: Tensor,  # [B, C, ...] channels-last
) -> Iterator[Tensor]:  # [b, cells, C]: several small ones, or a large one
    return iter(x.movedim(1, -1).flatten(1, -2).split(_at_once(x)))


def _strips(
    cells: Tensor,  # [b, cells, C]
) -> Iterator[Tensor]:
    return iter(cells.split(max(1, _STRIP_VALUES // (len(cells) * cells.shape[2])), dim=1))
