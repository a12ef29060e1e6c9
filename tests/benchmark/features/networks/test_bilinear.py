"""Fewer products, the same correlation."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmark.features.networks.bilinear import Bilinear, whole_line, winograd


def correlate(algorithm: Bilinear, weights: Tensor, line: Tensor) -> Tensor:
    return algorithm.output @ ((algorithm.kernel @ weights) * (algorithm.data @ line))


def taps_one_by_one(weights: Tensor, line: Tensor) -> Tensor:
    return F.conv1d(line[None, None], weights[None, None])[0, 0]


@pytest.mark.parametrize(("results", "taps"), [(1, 1), (2, 3), (4, 3), (6, 3), (4, 5), (2, 7), (3, 2)])
def test_winograd_correlates(results: int, taps: int) -> None:
    algorithm = winograd(results, taps)
    assert (algorithm.results, algorithm.products) == (results, results + taps - 1)
    weights, line = torch.randn(taps).double(), torch.randn(results + taps - 1).double()
    torch.testing.assert_close(correlate(algorithm, weights, line), taps_one_by_one(weights, line))


@pytest.mark.parametrize("length", [1, 2, 7, 8, 17, 32])
@pytest.mark.parametrize("taps", [1, 3, 7])
def test_a_whole_line_correlates_where_zeros_surround_it(length: int, taps: int) -> None:
    weights, line = torch.randn(taps).double(), torch.randn(length).double()
    padded = F.pad(line, (taps // 2, taps // 2))
    torch.testing.assert_close(
        correlate(whole_line(length, taps), weights, padded), taps_one_by_one(weights, padded), rtol=1e-10, atol=1e-10
    )


def test_a_line_of_17_and_7_taps_needs_a_quarter_of_the_products() -> None:
    assert whole_line(17, 7).products == 29  # 20 places on the circle: 2 real frequencies and 9 complex ones
    assert 29 < 17 * 7 / 4


def test_what_would_lose_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 8 products"):
        winograd(4, 7)
    with pytest.raises(ValueError, match="odd number of taps"):
        whole_line(17, 4)
