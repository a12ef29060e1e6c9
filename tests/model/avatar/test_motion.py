"""Motions: relative ones start where the source is, scaling has a rest, mixing is a weighted mean."""

from __future__ import annotations

import pytest
import torch

from model.avatar import Motion, mix
from model.avatar.motion import MOST_ADDED_TURN_DEG, turn_of, turned_at_most
from model.networks.errors import ModelError
from model.networks.pose import HeadPose, rotation_from_angles


def a_motion(frames: int, seed: int, z_dim: int = 6) -> Motion:
    draw = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=draw)

    rotation = rotation_from_angles(0.3 * random(frames, 3))
    return Motion(random(frames, z_dim), HeadPose(1 + 0.1 * random(frames, 3), rotation, 0.1 * random(frames, 3)))


def close(one: Motion, other: Motion) -> bool:
    pairs = ((one.z, other.z), *zip(vars(one.pose).values(), vars(other.pose).values(), strict=True))
    return all(torch.allclose(a, b, atol=1e-6) for a, b in pairs)


def test_the_drivers_rest_leaves_the_source_as_it_is() -> None:
    driver, source = a_motion(4, seed=1), a_motion(1, seed=2)
    rest = driver[slice(0, 1)]
    assert close(driver.relative(rest, source)[slice(0, 1)], source)


def test_a_source_at_the_drivers_rest_gets_the_drivers_own_motion() -> None:
    driver = a_motion(4, seed=1)
    rest = driver[slice(0, 1)]
    assert close(driver.relative(rest, rest), driver)


def test_a_nod_in_the_camera_stays_a_nod_for_a_turned_source() -> None:
    """H' = H_t H_0^T H_source: what the camera sees of the rotation is the same for everybody."""
    nod = rotation_from_angles(torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.4]]))
    ones, zeros = torch.ones(2, 3), torch.zeros(2, 3)
    driver = Motion(torch.zeros(2, 6), HeadPose(ones, nod.transpose(1, 2), zeros))
    turned = rotation_from_angles(torch.tensor([[0.0, 0.5, 0.0]]))
    source = Motion(torch.zeros(1, 6), HeadPose(ones[:1], turned.transpose(1, 2), zeros[:1]))
    moved = driver.relative(driver[slice(0, 1)], source).pose.rotation.transpose(1, 2)
    seen = moved[1] @ moved[0].T
    assert torch.allclose(seen, nod[1] @ nod[0].T, atol=1e-6)


def turned(angles_deg: list[list[float]]) -> Motion:
    """Heads at these angles, [yaw, pitch, roll] as `rotation_from_angles` has them."""
    angles = torch.deg2rad(torch.tensor(angles_deg))
    count = len(angles)
    pose = HeadPose(torch.ones(count, 3), rotation_from_angles(angles).transpose(1, 2), torch.zeros(count, 3))
    return Motion(torch.zeros(count, 6), pose)


def turns_deg(motion: Motion) -> list[float]:
    return torch.rad2deg(turn_of(motion.pose.rotation)).tolist()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_turns_of_source_and_driver_add_up_to_a_limit(axis: int) -> None:
    def along(degrees: float) -> list[float]:
        return [degrees if place == axis else 0.0 for place in range(3)]

    source, driver = turned([along(30)]), turned([along(0), along(10), along(30), along(-40)])
    made = driver.relative(driver[slice(0, 1)], source)
    rolls = turns_deg(turned([along(30)])) == pytest.approx([0.0], abs=0.1)
    assert turns_deg(made) == pytest.approx([0, 0, 0, 0] if rolls else [30, 40, MOST_ADDED_TURN_DEG, 10], abs=0.1)


def test_a_head_goes_as_far_as_the_driver_or_the_photo_does() -> None:
    far = turned([[0.0, 0.0, 0.0], [0.0, 70.0, 0.0]])
    assert turns_deg(far.relative(far[slice(0, 1)], turned([[0.0, 0.0, 0.0]]))) == pytest.approx([0, 70], abs=0.1)
    assert turns_deg(far.relative(far[slice(0, 1)], turned([[0.0, 20.0, 0.0]]))) == pytest.approx([20, 70], abs=0.1)
    profile = turned([[0.0, 60.0, 0.0]])
    little = turned([[0.0, 0.0, 0.0], [0.0, 10.0, 0.0]])
    assert turns_deg(little.relative(little[slice(0, 1)], profile)) == pytest.approx([60, 60], abs=0.1)


def test_what_is_turned_back_keeps_its_roll_and_stays_a_rotation() -> None:
    upright, rolled = (turned([[0.0, 60.0, 0.0]]).pose.rotation for _ in range(2))
    roll = rotation_from_angles(torch.tensor([[0.0, 0.0, 0.0]])).clone()
    roll[0, :2, :2] = torch.tensor([[0.8, -0.6], [0.6, 0.8]])
    rolled = rolled @ roll  # in the plane of the picture
    most = torch.deg2rad(torch.tensor([45.0]))
    made = turned_at_most(rolled, most)
    assert torch.allclose(made, turned_at_most(upright, most) @ roll, atol=1e-5)
    assert torch.allclose(made @ made.transpose(1, 2), torch.eye(3), atol=1e-5)


def test_absolute_motion_keeps_only_the_sources_scale() -> None:
    driver, source = a_motion(3, seed=1), a_motion(1, seed=2)
    made = driver.absolute(source)
    assert torch.equal(made.pose.scale, source.pose.scale.expand(3, 3))
    assert torch.equal(made.pose.rotation, driver.pose.rotation) and torch.equal(made.z, driver.z)


@pytest.mark.parametrize("factor", [0.0, 1.0, 2.5])
def test_scaling_goes_along_the_line_from_rest(factor: float) -> None:
    driver = a_motion(3, seed=1)
    rest = driver.z[:1]
    made = driver.scaled(factor, rest)
    assert torch.allclose(made.z - rest, factor * (driver.z - rest), atol=1e-6)
    assert torch.equal(made.pose.rotation, driver.pose.rotation)


def test_mixing_is_a_weighted_mean_in_the_pose_of_the_first() -> None:
    one, two = a_motion(3, seed=1), a_motion(3, seed=2)
    made = mix([one, two], [0.25, 0.75])
    assert torch.allclose(made.z, 0.25 * one.z + 0.75 * two.z)
    assert torch.equal(made.pose.rotation, one.pose.rotation)


def test_a_single_frame_holds_throughout() -> None:
    one, still = a_motion(3, seed=1), a_motion(1, seed=2)
    assert len(mix([still, one], [0.5, 0.5])) == 3
    assert torch.equal(one.with_pose_of(still).pose.rotation, still.pose.rotation.expand(3, 3, 3))


def test_lengths_that_do_not_fit_are_named() -> None:
    with pytest.raises(ModelError, match="expected motions of 1 or 4 frames but got 3"):
        mix([a_motion(4, 1), a_motion(3, 2)], [0.5, 0.5])
    with pytest.raises(ModelError, match="one weight per motion but got 1 motions and 2"):
        mix([a_motion(4, 1)], [0.5, 0.5])
    with pytest.raises(ModelError, match="poses for 1 or 4 frames but got 3"):
        a_motion(4, 1).with_pose_of(a_motion(3, 2))
