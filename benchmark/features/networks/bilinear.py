"""Short correlations with fewer multiplications, as three small matrices.

A correlation of `taps` weights g with a line d can be written as y = A ((G g) * (B d)): B and G make sums of values and
of weights, the sums are multiplied one by one, A sums those into the results. In a convolution with many channels only
the products in the middle cost anything, because each of them is a matrix product over channels.

Two families are enough here. Winograd's (Lavin and Gray 2016, after Toom and Cook) has the fewest products and loses
precision as it grows, so it is used for few results at a time. Cyclic correlation by the discrete Fourier transform
needs more products (3 for each complex one) but its matrices are orthogonal: at any length it is more precise than
summing the taps one after the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_POINTS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0)
"""Where Winograd's polynomials are evaluated, besides infinity: small numbers, in pairs whose powers differ by sign."""


@dataclass(frozen=True)
class Bilinear:
    """y = output @ ((kernel @ g) * (data @ d)), in float64."""

    kernel: Tensor  # [products, taps]
    data: Tensor  # [products, results + taps - 1]
    output: Tensor  # [results, products]

    @property
    def results(self) -> int:
        return self.output.shape[0]

    @property
    def products(self) -> int:
        return self.output.shape[1]


def winograd(results: int, taps: int) -> Bilinear:
    """F(results, taps): results + taps - 1 products.

    Raises:
        ValueError: more than 8 products, where float32 would lose digits.
    """
    count = results + taps - 1
    if count > len(_POINTS) + 1:
        raise ValueError(f"expected at most {len(_POINTS) + 1} products but F({results}, {taps}) has {count}")
    points = torch.tensor(_POINTS[: count - 1], dtype=torch.float64)
    return Bilinear(
        kernel=_powers(points, taps),
        data=torch.linalg.inv(_powers(points, count)).T.contiguous(),
        output=_powers(points, results).T.contiguous(),
    )


def whole_line(length: int, taps: int) -> Bilinear:
    """All results of a line that has (taps - 1) / 2 zeros before and behind its `length` values, by Fourier transform.

    The zeros in front serve as those behind, so the circle is shorter than the padded line; it gets an even length.

    Raises:
        ValueError: an even number of taps, which has no middle.
    """
    if taps % 2 == 0:
        raise ValueError(f"expected an odd number of taps but got {taps}")
    circle = length + taps // 2
    circle += circle % 2
    kernel, data, output = _cyclic(circle)
    padded = torch.arange(length + taps - 1) % circle
    reverse = (-torch.arange(taps)) % circle  # a correlation is a convolution with the kernel turned round
    return Bilinear(kernel[:, reverse], data[:, padded], output[:length].contiguous())


def _powers(points: Tensor, count: int) -> Tensor:  # [points + 1, count]
    """Each point's powers 0 to count - 1; for infinity, the highest power alone."""
    infinity = torch.zeros(1, count, dtype=points.dtype)
    infinity[0, -1] = 1.0
    return torch.cat([points[:, None] ** torch.arange(count), infinity])


def _cyclic(length: int) -> tuple[Tensor, Tensor, Tensor]:  # [products, length] twice, [length, products]
    """Cyclic convolution: a real product for each frequency without a partner, three for each complex one (Gauss)."""
    kernel, data, output = [], [], []
    steps = torch.arange(length, dtype=torch.float64)
    for frequency in range(length // 2 + 1):
        angle = 2.0 * math.pi * frequency * steps / length
        cosine, sine = torch.cos(angle), torch.sin(angle)
        if frequency == 0 or 2 * frequency == length:
            kernel.append(cosine)
            data.append(cosine)
            output.append(cosine / length)
            continue
        # (a - ib)(c - id): its parts are a (c + d) - (a + b) d and a (c + d) + (b - a) c.
        kernel += [cosine, cosine + sine, sine - cosine]
        data += [cosine + sine, sine, cosine]
        output += [(cosine + sine) * 2 / length, -cosine * 2 / length, sine * 2 / length]
    return torch.stack(kernel), torch.stack(data), torch.stack(output, dim=1)
