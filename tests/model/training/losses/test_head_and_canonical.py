from __future__ import annotations

import numpy as np
import pytest
import torch

from model.training.losses.canonical import canonical_volume_loss
from model.training.losses.head import head_part_l1


def test_head_parts_are_equation_8() -> None:
    prediction, target, masks = torch.rand(2, 3, 5, 5), torch.rand(2, 3, 5, 5), torch.rand(2, 4, 5, 5)
    difference = np.abs(prediction.numpy() - target.numpy())
    expected = [np.mean(masks[:, k : k + 1].numpy() * difference) for k in range(4)]
    np.testing.assert_allclose(head_part_l1(prediction, target, masks), expected, rtol=1e-5)


def test_head_parts_look_inside_their_masks_alone() -> None:
    prediction, target = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    prediction[0, :, 0, 0] = 1
    masks = torch.zeros(1, 2, 4, 4)
    masks[0, 0, 0, 0] = 1  # of the first part; the second is empty, as ears under hair are
    assert head_part_l1(prediction, target, masks).tolist() == [pytest.approx(1 / 16), 0]


def test_canonical_volume_loss_is_equation_2() -> None:
    source, driver = torch.randn(2, 3, 2, 4, 4), torch.randn(2, 3, 2, 4, 4)
    expected = np.mean(np.abs(source.numpy() - driver.numpy()))
    assert canonical_volume_loss(source, driver).item() == pytest.approx(expected, rel=1e-6)
    assert canonical_volume_loss(source, source) == 0


def test_published_canonical_volume_loss_has_the_same_value_and_one_gradient() -> None:
    for one_sided in (False, True):
        source, driver = (torch.randn(1, 1, 2, 2, 2, requires_grad=True) for _ in range(2))
        loss = canonical_volume_loss(source, driver, one_sided=one_sided)
        loss.backward()
        assert loss.item() == pytest.approx((source - driver).abs().mean().item())
        assert source.grad is not None and (driver.grad is None) is one_sided
