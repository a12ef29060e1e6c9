from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from benchmark.features.networks.fused import _fused_types, convolution_relu


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(16, 32, 1),
        nn.Conv2d(16, 8, 3, stride=2),
        nn.Conv2d(16, 8, (1, 7), padding=(0, 3)),
        nn.Conv2d(16, 8, 3, padding=2, dilation=2, groups=4),
    ],
)
@torch.no_grad()
def test_says_what_two_operations_say(convolution: nn.Conv2d) -> None:
    x = torch.randn(2, 16, 9, 11, generator=torch.Generator().manual_seed(0))
    expected = F.relu(convolution(x))
    assert 0 < (expected == 0).float().mean() < 1
    torch.testing.assert_close(convolution_relu(convolution, x), expected, rtol=1e-5, atol=1e-5)
    channels_last = convolution_relu(convolution, x.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(channels_last, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.skipif(torch.float32 not in _fused_types(), reason="this CPU build has no oneDNN")
def test_is_one_operation_only_where_nothing_needs_derivatives() -> None:
    convolution, x = nn.Conv2d(4, 4, 1), torch.randn(1, 4, 5, 5)
    with torch.inference_mode():
        assert "mkldnn::_convolution_pointwise" in operations(convolution, x)
    assert "mkldnn::_convolution_pointwise" not in operations(convolution, x)
    convolution_relu(convolution, x).sum().backward()
    assert convolution.weight.grad is not None


def operations(convolution: nn.Conv2d, x: torch.Tensor) -> set[str]:
    class Names(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            names.add(function.name())
            return function(*args, **(kwargs or {}))

    names: set[str] = set()
    with Names():
        convolution_relu(convolution, x)
    return names


@torch.no_grad()
def test_bfloat16_keeps_its_type_and_eight_bits() -> None:
    torch.manual_seed(0)
    convolution, x = nn.Conv2d(16, 8, 3), torch.randn(1, 16, 9, 9)
    exact = convolution_relu(convolution, x)
    rough = convolution_relu(convolution.to(torch.bfloat16), x.to(torch.bfloat16))
    assert rough.dtype == torch.bfloat16
    assert 0 < (rough.float() - exact).norm() / exact.norm() < 0.01
