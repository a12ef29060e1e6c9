"""Windows of frames, convolved together or one by one."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from benchmark.features.lip_sync.frame_windows import FrameWindowsConv, winograd


@pytest.mark.parametrize("frames", [5, 6, 8, 9, 12, 15])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_the_3d_convolution(frames: int, dtype: torch.dtype) -> None:
    """float32 takes the algorithm over time, any other precision the convolution of stacked frames."""
    torch.manual_seed(0)
    weight, bias = torch.randn(8, 3, 5, 7, 7), torch.randn(8)
    x = torch.randint(0, 256, (frames, 80, 33, 3)).double()  # 37 rows of results: more than one strip
    expected = F.conv3d(x.permute(3, 0, 1, 2), weight.double(), bias.double(), stride=(1, 2, 2)).transpose(0, 1)
    got = FrameWindowsConv(weight.to(dtype), bias.to(dtype), 2)(x.to(dtype))
    assert got.dtype == dtype
    assert got.shape == (frames - 4, 8, 37, 14)
    assert got.is_contiguous(memory_format=torch.channels_last)
    limit = 2e-6 if dtype == torch.float32 else 1e-14
    assert float((got.double() - expected).norm() / expected.norm()) < limit


@pytest.mark.parametrize(("results", "taps"), [(1, 1), (2, 3), (4, 5), (2, 7), (3, 2)])
def test_fewer_products_the_same_correlation(results: int, taps: int) -> None:
    algorithm = winograd(results, taps)
    assert algorithm.output.shape == (results, results + taps - 1)
    weights, line = torch.randn(taps).double(), torch.randn(results + taps - 1).double()
    found = algorithm.output @ ((algorithm.kernel @ weights) * (algorithm.data @ line))
    torch.testing.assert_close(found, F.conv1d(line[None, None], weights[None, None])[0, 0])


def test_what_would_lose_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 8 products"):
        winograd(4, 7)
