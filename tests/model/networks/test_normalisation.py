"""Group norm of channels-last pictures is as exact as that of contiguous ones."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from model.networks.layers import AdaptiveGroupNorm
from model.networks.normalisation import GroupNorm


def picture(*shape: int, mean: float = 0.0) -> Tensor:
    """Channels-last normal numbers around a mean."""
    last = torch.channels_last if len(shape) == 4 else torch.channels_last_3d
    return (torch.randn(*shape) + mean).contiguous(memory_format=last)


def lively(channels: int) -> GroupNorm:
    norm = GroupNorm(32, channels).requires_grad_(False)
    norm.weight.normal_(1.0, 0.3)
    norm.bias.normal_(0.0, 0.2)
    return norm


def expected(norm: GroupNorm, x: Tensor) -> Tensor:
    return F.group_norm(x.double(), norm.num_groups, norm.weight.double(), norm.bias.double(), norm.eps)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("mean", [0.0, 5.0])
@pytest.mark.parametrize("shape", [(1, 128, 256, 256), (2, 192, 96, 64), (1, 96, 8, 32, 32)])
def test_differs_from_float64_by_rounding_only(shape: tuple[int, ...], mean: float) -> None:
    norm, x = lively(shape[1]), picture(*shape, mean=mean)
    found = norm(x)
    assert found.stride() == x.stride()
    assert (found - expected(norm, x)).abs().max() < 1e-5
    if shape == (1, 128, 256, 256) and mean == 5.0:  # what this is for
        plain = F.group_norm(x, 32, norm.weight, norm.bias)
        assert (plain - expected(norm, x)).abs().max() > 1e-4


@pytest.mark.parametrize("inplace", [False, True])
def test_relu_follows_and_the_input_is_overwritten_only_if_that_is_permitted(inplace: bool) -> None:
    norm, x = lively(64), picture(1, 64, 80, 80)
    before, wanted = x.clone(), expected(norm, x).relu()
    found = norm(x, relu=True, inplace=inplace)
    torch.testing.assert_close(found.double(), wanted, atol=1e-5, rtol=0)
    assert (found.data_ptr() == x.data_ptr()) == inplace == (not torch.equal(x, before))


def test_gradients_and_other_types_go_to_pytorch() -> None:
    norm, x = GroupNorm(4, 8), picture(2, 8, 6, 6)
    assert not norm.sums_itself(x) and norm.requires_grad_(False).sums_itself(x)
    assert not norm.sums_itself(x.clone().requires_grad_()) and not norm.sums_itself(x.contiguous())
    assert not norm.sums_itself(x.bfloat16()) and not norm.double().sums_itself(x.double())
    given = x.clone().requires_grad_()
    norm.float()(given, relu=True, inplace=True).sum().backward()
    assert given.grad is not None


def test_the_adaptive_form_is_one_scale_and_shift() -> None:
    layer = AdaptiveGroupNorm(4, 8, embed_channels=6, embed_positions=5).requires_grad_(False)
    layer.norm.weight.normal_()
    layer.norm.bias.normal_()
    x, embedding = picture(2, 8, 3, 4, 4), torch.randn(2, 6, 5)
    wanted = layer.double()(x.double(), embedding.double(), relu=True)
    found = layer.float()(x, embedding, relu=True)
    torch.testing.assert_close(found.double(), wanted, atol=1e-5, rtol=1e-5)


def test_frames_do_not_depend_on_their_batch() -> None:
    norm, x = lively(64), picture(3, 64, 70, 90)
    together = norm(x)
    for index in range(3):
        assert torch.equal(norm(x[index : index + 1]), together[index : index + 1])
