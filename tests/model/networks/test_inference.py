"""The cheaper forms of trained blocks compute the same."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.nn import functional as F

from model.networks.emoportraits import EMOPortraits
from model.networks.inference import FusedDownBlock, FusedUpBlock, interleave, upsampled_weight
from model.networks.layers import ResBlock2d


def test_convolution_of_an_upsampled_picture_at_the_low_resolution() -> None:
    x, weight = torch.randn(2, 5, 6, 7).double(), torch.randn(3, 5, 3, 3).double()
    expected = F.conv2d(F.interpolate(x, scale_factor=2.0, mode="nearest"), weight, padding=1)
    found = interleave(F.conv2d(x, upsampled_weight(weight), padding=1))
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("resize", "fused"), [("up", FusedUpBlock), ("down", FusedDownBlock)])
@pytest.mark.parametrize("widths", [(8, 4), (8, 8)])
@pytest.mark.parametrize("embed", [None, (6, 5)])
@torch.inference_mode()
def test_fused_blocks(resize: str, fused: type, widths: tuple[int, int], embed: tuple[int, int] | None) -> None:
    block = ResBlock2d(*widths, 4, resize, embed).double()
    for parameter in block.parameters():
        parameter.copy_(torch.randn_like(parameter))
    x = torch.randn(2, 8, 6, 6).double()
    extra = () if embed is None else (torch.randn(2, *embed).double(),)
    expected, kept = block(x, *extra), x.clone()
    torch.testing.assert_close(fused(block).double()(x, *extra), expected, atol=1e-10, rtol=1e-10)
    assert torch.equal(x, kept)  # nothing is written into the input


@torch.inference_mode()
def test_whole_model(tiny_model: EMOPortraits) -> None:
    fast = copy.deepcopy(tiny_model).to_inference()
    source, drivers = torch.rand(1, 3, 32, 32), torch.rand(3, 3, 32, 32)
    expected = tiny_model.drive(tiny_model.encode_source(source), drivers).image
    found = fast.drive(fast.encode_source(source), drivers).image
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert not any(parameter.requires_grad for parameter in fast.parameters())


@torch.inference_mode()
def test_half_precision_keeps_poses_and_grids_exact(tiny_model: EMOPortraits) -> None:
    fast = copy.deepcopy(tiny_model).to_inference(torch.bfloat16)
    source, driver = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    result = fast.drive(fast.encode_source(source), driver)
    expected = tiny_model.drive(tiny_model.encode_source(source), driver)
    assert fast.dtype == torch.bfloat16 and fast.volume_grid.dtype == torch.float32
    assert torch.equal(result.z, expected.z) and torch.equal(result.pose.rotation, expected.pose.rotation)
    assert result.image.dtype == torch.float32
    assert (result.image - expected.image).abs().mean() < 0.02
