"""Resizing for less is the same resizing."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from model.networks.resizing import Doubled, halved, pooled_weight, upsampling_weight


def _inputs() -> tuple[Tensor, Tensor]:
    return torch.randn(2, 5, 8, 6).double().requires_grad_(), torch.randn(3, 5, 3, 3).double().requires_grad_()


def _assert_same(found: Tensor, expected: Tensor, inputs: tuple[Tensor, ...]) -> None:
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)
    towards = torch.randn_like(expected)
    gradients = (torch.autograd.grad(value, inputs, towards) for value in (found, expected))
    torch.testing.assert_close(*gradients, atol=1e-11, rtol=0)


def test_up_sampling_before() -> None:
    x, weight = _inputs()
    expected = F.conv2d(F.interpolate(x, scale_factor=2.0, mode="nearest"), weight, padding=1)
    found = F.conv_transpose2d(x, upsampling_weight(weight), stride=2, padding=1)
    _assert_same(found, expected, (x, weight))


def test_pooling_behind() -> None:
    x, weight = _inputs()
    expected = F.avg_pool2d(F.conv2d(x, weight, padding=1), 2)
    _assert_same(F.conv2d(x, pooled_weight(weight), stride=2, padding=1), expected, (x, weight))


def test_bilinear_doubling() -> None:
    x, _ = _inputs()
    expected = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
    _assert_same(Doubled.apply(x), expected, (x,))


def test_halving() -> None:
    x, _ = _inputs()
    _assert_same(halved(x), F.avg_pool2d(x, 2), (x,))
