from __future__ import annotations

import numpy as np
import torch

from model.networks.thin_plate import BLOCK, SMOOTHNESS, thin_plate


def test_fields_equal_those_of_an_independent_implementation() -> None:
    from scipy.interpolate import RBFInterpolator

    at, values = torch.rand(2, 20, 2), torch.rand(2, 20, 3)
    columns, rows = torch.rand(50), torch.rand(BLOCK // 50 + 3)
    cells = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1).flatten(0, 1)
    slack = torch.full((2, 20), SMOOTHNESS)
    field = thin_plate(at, values, slack, columns, rows).flatten(1, 2)
    for one in range(2):
        expected = RBFInterpolator(
            at[one].numpy(), values[one].numpy(), smoothing=SMOOTHNESS, kernel="thin_plate_spline", degree=1
        )(cells.numpy())
        np.testing.assert_allclose(field[one].numpy(), expected, atol=2e-4)


def test_points_with_slack_count_little() -> None:
    at, values = torch.rand(1, 20, 2), torch.zeros(1, 20, 1)
    values[0, 7] = 1.0
    slack = torch.full((1, 20), 1e-6)
    assert abs(thin_plate(at, values, slack, *at[0, 7, :, None]).item() - 1) < 0.01
    slack[0, 7] = 10.0
    assert thin_plate(at, values, slack, *at[0, 7, :, None]).item() < 0.1
