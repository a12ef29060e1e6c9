"""Noise is a function of seed and frame."""

from __future__ import annotations

import torch

from model.speech.head_motion.noise import KNOT_FRAMES, motion_noise


def test_any_part_is_the_same_as_in_the_whole() -> None:
    whole = motion_noise(5, 0, 900, 6)
    for first, count in ((0, 1), (255, 2), (256, 300), (17, 0), (899, 1), (500, 400)):
        assert torch.equal(motion_noise(5, first, count, 6), whole[first : first + count])


def test_seeds_differ() -> None:
    assert not torch.equal(motion_noise(0, 0, 50, 4), motion_noise(1, 0, 50, 4))
    assert not torch.equal(motion_noise(0, 0, 50, 4), motion_noise(0, 256, 50, 4))


def test_mean_zero_and_variance_one_in_every_frame() -> None:
    """Also between knots, where two of them are mixed."""
    noise = torch.stack([motion_noise(seed, 0, 2 * max(KNOT_FRAMES), 8) for seed in range(1500)])
    assert noise.mean(dim=(0, 2)).abs().max() < 0.06
    assert (noise.var(dim=0) - 1).abs().max() < 0.2


def test_it_is_smooth_at_two_paces() -> None:
    """Velocity has no jump at a knot."""
    noise = motion_noise(0, 0, 4000, 8)
    speed = noise.diff(dim=0)
    fast, slow = speed[:, :4].square().mean(), speed[:, 4:].square().mean()
    assert 10 < fast / slow < 24  # 4 squared
    for half, knots in ((speed[:, :4], 8), (speed[:, 4:], 32)):
        bend = half.diff(dim=0).abs().mean(dim=1)
        at_knots = bend[knots - 1 :: knots].mean()
        assert at_knots < 2 * bend.mean()
