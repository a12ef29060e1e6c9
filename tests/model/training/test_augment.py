from __future__ import annotations

import numpy as np
import torch

from model.training import augment

EYES = torch.tensor([[[12.0, 16.0], [22.0, 16.0]]]).expand(64, 2, 2)


def pictures() -> torch.Tensor:
    return torch.full((64, 3, 32, 32), 0.5)


def test_the_same_seed_gives_the_same_pictures_in_range() -> None:
    one, again, other = (
        augment.photograph_like(pictures(), torch.ones(64, 1, 32, 32), EYES, np.random.default_rng(seed))
        for seed in (0, 0, 1)
    )
    assert torch.equal(one, again) and not torch.equal(one, other)
    assert one.shape == pictures().shape and 0 <= one.min() and one.max() <= 1


def test_backgrounds_change_only_where_there_is_background() -> None:
    background = torch.zeros(64, 1, 32, 32)
    background[..., :8] = 1
    changed = augment.change_background(pictures(), background, np.random.default_rng(0))
    assert torch.equal(changed[..., 8:], pictures()[..., 8:])
    rows = (changed[..., :8] != 0.5).flatten(1).any(1).float().mean().item()
    assert abs(rows - augment.BACKGROUND_SHARE) < 0.2


def test_glasses_sit_at_the_eyes_of_some() -> None:
    worn = augment.put_glasses_on(pictures(), EYES, np.random.default_rng(0))
    change = (worn - 0.5).abs().sum(1)
    assert 0 < (change.flatten(1).amax(1) > 0).float().mean() < 0.5
    assert change[:, :8].max() == 0 and change[:, 26:].max() == 0  # brow and chin stay


def test_pictures_that_are_given_stay_as_they_are() -> None:
    given = pictures()
    augment.photograph_like(given, torch.ones(64, 1, 32, 32), EYES, np.random.default_rng(0))
    assert torch.equal(given, pictures())
