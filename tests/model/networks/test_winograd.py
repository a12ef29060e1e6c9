"""Convolutions with half of the multiplications compute the same."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch
from torch import Tensor, nn

from model.networks.config import preset
from model.networks.decoder import Decoder
from model.networks.inference import fuse_blocks
from model.networks.winograd import MIN_PRODUCTS, WinogradConv, is_wide, use_winograd


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def relative_error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize("sides", [(8, 8), (12, 20), (7, 5), (1, 3), (2, 6, 5), (16, 4, 4)])
@pytest.mark.parametrize("bias", [True, False])
@torch.inference_mode()
def test_says_what_the_convolution_says(sides: tuple[int, ...], bias: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.networks.winograd._STRIP_VALUES", 2000)  # several strips
    conv = (nn.Conv2d if len(sides) == 2 else nn.Conv3d)(6, 10, 3, padding=1, bias=bias)
    x = torch.randn(2, 6, *sides)
    found = WinogradConv(conv)(x)
    assert relative_error(found, conv.double()(x.double())) < 5e-6
    assert found.movedim(1, -1).is_contiguous()


@torch.inference_mode()
def test_a_picture_may_differ_from_itself_in_a_batch_by_rounding_only() -> None:
    fast, x = WinogradConv(nn.Conv2d(32, 32, 3, padding=1)), torch.randn(4, 32, 10, 12)
    torch.testing.assert_close(torch.cat([fast(one[None]) for one in x]), fast(x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("layer", "wide"),
    [
        (nn.Conv2d(MIN_PRODUCTS // 9, MIN_PRODUCTS // 9, 3, padding=1, device="meta"), True),
        (nn.Conv3d(-(-MIN_PRODUCTS // 27), 64, 3, padding=1, device="meta"), True),
        (nn.Conv2d(MIN_PRODUCTS // 9 - 1, 512, 3, padding=1, device="meta"), False),
        (nn.Conv2d(512, 512, 1, device="meta"), False),
        (nn.Conv2d(512, 512, 3, device="meta"), False),
        (nn.Conv2d(512, 512, 3, stride=2, padding=1, device="meta"), False),
        (nn.Conv2d(512, 512, 3, padding=1, groups=2, device="meta"), False),
        (nn.Conv2d(512, 512, 4, stride=2, padding=1, device="meta"), False),
        (nn.Linear(512, 512, device="meta"), False),
    ],
    ids=str,
)
def test_which_layers_are_replaced(layer: nn.Module, wide: bool) -> None:
    assert is_wide(layer) == wide


@torch.inference_mode()
def test_a_decoder_in_its_inference_form_against_float64() -> None:
    """All that `to_inference` changes, on the paper's widths and a small volume, with lively norms and biases."""
    config = dataclasses.replace(preset("emoportraits"), volume_channels=8, volume_depth=2, decoder_blocks=1)
    decoder = Decoder(config).eval()
    for name, value in decoder.named_parameters():
        if name.endswith("bias") or "norm" in name:
            value.normal_(float("norm" in name and name.endswith("weight")), 0.3 if name.endswith("weight") else 0.2)
    volume = torch.randn(1, 8, 2, 8, 8)
    fast = copy.deepcopy(decoder)
    expected = decoder.double()(volume.double(), torch.empty(0))
    fuse_blocks(fast.blocks)
    fast.requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    use_winograd(fast)
    assert sum(isinstance(module, WinogradConv) for module in fast.modules()) >= 6
    assert (fast(volume, torch.empty(0)) - expected).abs().max() < 5e-5
