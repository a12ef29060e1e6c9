from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from model.networks.layers import AdaptiveGroupNorm, ResBlock2d, ResBlock3d


def test_adaptive_norm_applies_its_affine_twice() -> None:
    torch.manual_seed(0)
    layer = AdaptiveGroupNorm(4, 8, embed_channels=6, embed_positions=5)
    torch.nn.init.normal_(layer.norm.weight)
    torch.nn.init.normal_(layer.norm.bias)
    x, embedding = torch.randn(2, 8, 3, 4, 4), torch.randn(2, 6, 5)
    delta = torch.einsum("ce,bep,pk->bck", layer.project_channels, embedding, layer.project_positions)
    weight, bias = (value.view(1, 8, 1, 1, 1) for value in (layer.norm.weight, layer.norm.bias))
    plain = F.group_norm(x, 4)
    expected = (plain * weight + bias) * (weight + delta[..., 0].view(2, 8, 1, 1, 1)) + (
        bias + delta[..., 1].view(2, 8, 1, 1, 1)
    )
    single = plain * (weight + delta[..., 0].view(2, 8, 1, 1, 1)) + (bias + delta[..., 1].view(2, 8, 1, 1, 1))
    found = layer(x, embedding)
    torch.testing.assert_close(found, expected)
    assert (found - single).abs().max() > 0.1


def test_up_block_equals_upsampling_first() -> None:
    torch.manual_seed(0)
    block = ResBlock2d(8, 4, 4, resize="up")
    x = torch.randn(2, 8, 6, 6)
    big = F.interpolate(x, scale_factor=2.0, mode="nearest")
    main = block.conv2(F.relu(block.norm2(block.conv1(F.relu(block.norm1(big))))))
    torch.testing.assert_close(block(x), main + block.skip(big), atol=1e-5, rtol=1e-5)


def test_down_block_pools_the_sum_of_both_branches() -> None:
    block = ResBlock2d(4, 8, 4, resize="down")
    x = torch.randn(1, 4, 8, 8)
    main = block.conv2(F.relu(block.norm2(block.conv1(F.relu(block.norm1(x))))))
    torch.testing.assert_close(block(x), F.avg_pool2d(main + block.skip(x), 2), atol=1e-5, rtol=1e-5)


def test_block_with_equal_widths_has_no_skip_convolution() -> None:
    assert not list(ResBlock3d(8, 8, 4).skip.parameters())


def test_unknown_resize_is_refused() -> None:
    with pytest.raises(ValueError, match="expected resize 'none', 'down' or 'up' but got 'sideways'"):
        ResBlock2d(4, 4, 4, resize="sideways")
