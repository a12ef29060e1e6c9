from __future__ import annotations

import numpy as np
import torch

from model.training.point_modes import linear_reading, mirrored_points, point_noise


def test_a_linear_reading_finds_the_map_that_was_planted() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = torch.randn(200, 6, 3, generator=generator)
    truth[:, 0] = 0
    person = torch.randn(200, 1, 8, generator=generator)  # how people look at rest cancels
    mix = torch.randn(8, 3, generator=generator)
    features = truth @ mix.T + 5 * person
    read = features @ linear_reading(features, truth).T
    torch.testing.assert_close(read - read[:, :1], truth, atol=0.02, rtol=0)


def test_point_noise_is_the_deviation_of_one_coordinate() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = torch.zeros(5000, 2, 2)
    read = torch.tensor([0.02, 0.05])[:, None] * torch.randn(truth.shape, generator=generator)
    torch.testing.assert_close(point_noise(read, truth), torch.tensor([0.02, 0.05]), rtol=0.05, atol=0)


def test_partners_of_a_mirrored_face() -> None:
    face = np.array([[0.3, 0.1, 0.0], [-0.31, 0.1, 0.0], [0.0, 0.5, 0.1]])
    assert mirrored_points(face).tolist() == [1, 0, 2]
