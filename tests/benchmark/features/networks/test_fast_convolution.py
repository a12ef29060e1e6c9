"""Convolutions with fewer products say what PyTorch's say."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from benchmark.features.networks.fast_convolution import MIN_CHANNELS, FastConv2d, is_faster, use_fast_convolutions


def picture(*shape: int) -> Tensor:
    return torch.randn(*shape).contiguous(memory_format=torch.channels_last)


def relative_error(got: Tensor, expected: Tensor) -> float:
    return float((got.double() - expected.double()).norm() / expected.double().norm())


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize(
    ("kernel", "padding", "size"),
    [
        ((1, 7), (0, 3), (17, 17)),  # one circle of the Fourier transform
        ((7, 1), (3, 0), (17, 9)),
        ((1, 7), (0, 3), (3, 40)),  # too long for one
        ((1, 7), (0, 0), (5, 17)),  # no zeros that could be shared
        ((1, 3), (0, 1), (8, 8)),
        ((3, 1), (1, 0), (8, 8)),
        ((3, 3), (1, 1), (13, 13)),
        ((3, 3), (0, 0), (9, 11)),
        ((3, 3), (1, 1), (1, 1)),
        ((5, 5), (2, 2), (12, 7)),
        ((5, 5), (2, 1), (6, 7)),
    ],
)
def test_says_the_same(kernel: tuple[int, int], padding: tuple[int, int], size: tuple[int, int]) -> None:
    conv = nn.Conv2d(64, 48, kernel, padding=padding).requires_grad_(False)
    fast, x = FastConv2d(conv), picture(3, 64, *size)
    got = fast(x)
    assert got.is_contiguous(memory_format=torch.channels_last)
    assert got.shape == conv(x).shape
    assert relative_error(got, conv.double()(x.double())) < 2e-6


def test_without_bias_too() -> None:
    conv = nn.Conv2d(48, 64, 3, padding=1, bias=False).requires_grad_(False)
    x = picture(1, 48, 9, 9)
    assert relative_error(FastConv2d(conv)(x), conv(x)) < 2e-6


@pytest.mark.parametrize("kernel", [(1, 7), (7, 1), (3, 3), (5, 5)])
def test_a_picture_does_not_depend_on_the_others_of_its_batch(kernel: tuple[int, int]) -> None:
    conv = nn.Conv2d(64, 96, kernel, padding=(kernel[0] // 2, kernel[1] // 2)).requires_grad_(False)
    fast, x = FastConv2d(conv), picture(8, 64, 17, 17)
    together = fast(x)
    for start, count in ((0, 1), (3, 2), (1, 7)):
        assert torch.equal(fast(x[start : start + count]), together[start : start + count])


def test_one_layer_serves_pictures_of_several_sizes() -> None:
    conv = nn.Conv2d(48, 48, (1, 7), padding=(0, 3)).requires_grad_(False)
    fast = FastConv2d(conv)
    for width in (17, 8, 17):
        x = picture(2, 48, 3, width)
        assert relative_error(fast(x), conv(x)) < 2e-6


def test_weights_are_transformed_once_unless_the_length_decides() -> None:
    """Of large networks they are large: pictures of a hundred sizes must not need a hundred copies."""
    for kernel, padding, copies in (((3, 3), (1, 1), 1), ((7, 1), (0, 0), 1), ((7, 1), (3, 0), 3)):
        fast = FastConv2d(nn.Conv2d(48, 48, kernel, padding=padding).requires_grad_(False))
        for side in (9, 12, 17, 9):
            fast(picture(1, 48, side, side))
        assert len(fast._plans) == copies


def test_under_autocast_and_in_double_precision_it_is_the_convolution() -> None:
    conv = nn.Conv2d(48, 48, 3).requires_grad_(False)
    fast, x = FastConv2d(conv), picture(1, 48, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(fast(x), conv(x))
    conv.double()
    assert torch.equal(fast(x.double()), conv(x.double()))


@pytest.mark.parametrize(
    "other",
    [
        nn.Conv2d(64, 64, 3, stride=2),
        nn.Conv2d(64, 64, 3, dilation=2),
        nn.Conv2d(64, 64, 3, groups=2),
        nn.Conv2d(64, 64, 3, padding="same"),
        nn.Conv2d(64, 64, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(64, 64, 1),
        nn.Conv2d(64, 64, (3, 5)),
        nn.Conv2d(MIN_CHANNELS - 1, 64, 3),
        nn.Linear(64, 64),
    ],
    ids=str,
)
def test_other_layers_stay_as_they_are(other: nn.Module) -> None:
    assert not is_faster(other)
    network = nn.Sequential(other)
    use_fast_convolutions(network)
    assert network[0] is other
    if isinstance(other, nn.Conv2d):
        with pytest.raises(ValueError, match="expected a convolution that fewer products make faster"):
            FastConv2d(other)


def test_a_network_gets_them_where_they_pay() -> None:
    network = nn.Sequential(nn.Conv2d(3, 64, 3), nn.Sequential(nn.Conv2d(64, 64, 3), nn.ReLU()))
    network.requires_grad_(False)
    x = picture(2, 3, 16, 16)
    expected = network(x)
    use_fast_convolutions(network)
    assert [type(module) for module in (network[0], network[1][0])] == [nn.Conv2d, FastConv2d]
    assert relative_error(network(x), expected) < 2e-6
