"""Six numbers and rotations: orthonormal, SciPy's, continuous, there and back; tracks of head poses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from model.avatar.motion import Motion
from model.networks.errors import ModelError
from model.networks.pose import HeadPose, rotation_from_angles
from model.speech.head_motion.rotation import (
    against,
    angular_speeds_deg_s,
    central_frame,
    check_track,
    head_poses,
    identity_pose,
    orthonormal,
    pose_track,
    rotation_6d,
    to_rotation,
    track_at,
)


def random_rotations(count: int, seed: int = 0) -> torch.Tensor:  # [count, 3, 3]
    return torch.from_numpy(Rotation.random(count, random_state=seed).as_matrix()).float()


def off_orthonormal(rotation: torch.Tensor) -> float:
    eye = torch.eye(3, dtype=torch.float64)
    r = rotation.double()
    return max(float((r.mT @ r - eye).abs().max()), float((torch.linalg.det(r) - 1).abs().max()))


def test_any_six_numbers_give_a_rotation() -> None:
    generator = torch.Generator().manual_seed(0)
    six = torch.randn(10_000, 6, generator=generator)
    sizes = 10 ** (12 * torch.rand(10_000, 2, generator=generator) - 6)
    six *= sizes.repeat_interleave(3, dim=1)
    assert off_orthonormal(to_rotation(six)) < 1e-6


@pytest.mark.parametrize("new", [1e-1, 1e-3, 1e-5, 3e-6, 1e-7, 0.0])
def test_columns_that_are_nearly_parallel_give_a_rotation(new: float) -> None:
    generator = torch.Generator().manual_seed(1)
    a1 = torch.randn(2000, 3, generator=generator)
    a2 = a1 * torch.randn(2000, 1, generator=generator) + new * torch.randn(2000, 3, generator=generator)
    assert off_orthonormal(to_rotation(torch.cat([a1, a2], dim=1))) < 1e-6


def test_against_scipy() -> None:
    """Its closest rotation to the matrix that Gram-Schmidt makes of the columns is that matrix itself."""
    six = torch.randn(500, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    made = to_rotation(six)
    again = Rotation.from_matrix(made.numpy())
    np.testing.assert_allclose(again.as_matrix(), made.numpy(), atol=1e-12)
    # An independent way: align_vectors with all weight on the first column fits it exactly and turns about it for a2.
    for row in range(50):
        a1, a2 = six[row, :3].numpy(), six[row, 3:].numpy()
        fitted, _ = Rotation.align_vectors([a1, a2], [[1, 0, 0], [0, 1, 0]], weights=[np.inf, 1])
        np.testing.assert_allclose(made[row].numpy(), fitted.as_matrix(), atol=1e-9)


def test_there_and_back() -> None:
    rotation = random_rotations(1000)
    torch.testing.assert_close(to_rotation(rotation_6d(rotation)), rotation, atol=1e-6, rtol=0)
    six = rotation_6d(rotation)
    torch.testing.assert_close(six[:, :3], rotation[:, :, 0], atol=0, rtol=0)
    torch.testing.assert_close(six[:, 3:], rotation[:, :, 1], atol=0, rtol=0)


def test_lengths_and_the_part_along_a1_do_not_matter() -> None:
    rotation = random_rotations(100)
    a1, a2 = rotation[:, :, 0], rotation[:, :, 1]
    six = torch.cat([3 * a1, 0.2 * a2 - 5 * a1], dim=1)
    torch.testing.assert_close(to_rotation(six), rotation, atol=1e-5, rtol=0)


def test_continuous() -> None:
    """A step of 1e-4 turns the rotation by no more than its size over what is new of each column."""
    generator = torch.Generator().manual_seed(3)
    six = torch.randn(5000, 6, generator=generator, dtype=torch.float64)
    step = torch.randn(5000, 6, generator=generator, dtype=torch.float64)
    step *= 1e-4 / step.norm(dim=1, keepdim=True)
    a1, a2 = six[:, :3], six[:, 3:]
    new = a2 - (a1 * a2).sum(1, keepdim=True) / a1.square().sum(1, keepdim=True) * a1
    turned = (to_rotation(six + step) - to_rotation(six)).flatten(1).norm(dim=1)
    most = 1e-4 * (4 / a1.norm(dim=1) + 4 / new.norm(dim=1)) * (1 + a2.norm(dim=1) / a1.norm(dim=1))
    assert (turned <= most).all()


def test_a_whole_turn_is_a_path_without_jumps() -> None:
    """Where Euler angles and quaternions jump, the six numbers do not."""
    angle = np.linspace(0, 2 * np.pi, 721)
    for axis in np.eye(3):
        rotation = torch.from_numpy(Rotation.from_rotvec(angle[:, None] * axis).as_matrix())
        six = rotation_6d(rotation)
        assert (six[1:] - six[:-1]).norm(dim=1).max() < 0.0125
        torch.testing.assert_close(to_rotation(six), rotation, atol=1e-9, rtol=0)


@pytest.mark.parametrize(
    ("six", "b1", "b2"),
    [
        ([0, 0, 0, 0, 0, 0], [1, 0, 0], [0, 1, 0]),
        ([0, 0, 0, 0, 0, 2], [1, 0, 0], [0, 0, 1]),
        ([0, 3, 0, 0, 0, 0], [0, 1, 0], [1, 0, 0]),
        ([2, 0, 0, -7, 0, 0], [1, 0, 0], [0, 1, 0]),
        ([0, 0, 1e-9, 0, 1, 0], [1, 0, 0], [0, 1, 0]),
    ],
)
def test_numbers_that_give_no_direction(six: list[float], b1: list[float], b2: list[float]) -> None:
    rotation = to_rotation(torch.tensor(six, dtype=torch.float32))
    torch.testing.assert_close(rotation[:, 0], torch.tensor(b1, dtype=torch.float32))
    torch.testing.assert_close(rotation[:, 1], torch.tensor(b2, dtype=torch.float32))


def test_gradients_are_finite_everywhere() -> None:
    six = torch.tensor([[1.0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0], [1, 2, 3, 2, 4, 6], [0, 0, 0, 1, 1, 1]])
    six.requires_grad_()
    to_rotation(six).square().cumsum(0).sum().backward()
    assert six.grad is not None and six.grad.isfinite().all()


def poses(count: int, seed: int) -> HeadPose:
    generator = torch.Generator().manual_seed(seed)
    rotation = random_rotations(count, seed)
    return HeadPose(torch.full((count, 3), 1.2), rotation, torch.randn(count, 3, generator=generator))


def test_a_track_drives_as_relative_motion_does() -> None:
    """The same poses as `Motion.relative`, which drives photos, within its limit for turns."""
    generator = torch.Generator().manual_seed(0)
    driver, source, rest = (
        replace(poses(count, seed), rotation=rotation_from_angles(0.2 * torch.randn(count, 3, generator=generator)))
        for seed, count in enumerate((5, 1, 1))
    )
    made = head_poses(pose_track(driver, rest), source)
    z = torch.zeros(5, 2)
    expected = Motion(z, driver).relative(Motion(z[:1], rest), Motion(z[:1], source)).pose
    torch.testing.assert_close(made.rotation, expected.rotation, atol=1e-5, rtol=0)
    torch.testing.assert_close(made.translation, expected.translation, atol=1e-5, rtol=0)
    assert made.scale.shape == (5, 3) and (made.scale == 1.2).all()


def test_the_reference_frame_is_the_identity() -> None:
    driver = poses(5, 0)
    track = pose_track(driver, driver[2:3])
    torch.testing.assert_close(track[2], identity_pose(), atol=1e-6, rtol=0)
    again = against(track, track[4])
    torch.testing.assert_close(again, pose_track(driver, driver[4:5]), atol=1e-5, rtol=0)


def test_the_head_at_rest() -> None:
    track = identity_pose().repeat(7, 1)
    track[[0, 2, 6], 6] = torch.tensor([0.3, -0.4, 0.01])
    track[3:, 7] = 0.001
    assert central_frame(track) in (1, 3, 4, 5)


def test_speeds() -> None:
    """2 degrees from frame to frame at 25 frames a second, also where arccos has no digits left."""
    for step_deg in (2.0, 1e-3):
        angles = np.radians(step_deg) * np.arange(6)[:, None] * np.array([0.6, 0.0, 0.8])
        rotation = torch.from_numpy(Rotation.from_rotvec(angles).as_matrix())
        track = torch.cat([rotation_6d(rotation), torch.zeros(6, 3)], dim=1)
        np.testing.assert_allclose(angular_speeds_deg_s(track, 25).numpy(), 25 * step_deg, rtol=1e-6)


def test_a_track_at_the_times_of_other_frames() -> None:
    """A head that turns evenly is at 30 frames a second where it has to be."""
    angles = np.radians(3.0) * np.arange(50)[:, None] * np.array([0.6, 0.0, 0.8])
    rotation = torch.from_numpy(Rotation.from_rotvec(angles).as_matrix())
    track = torch.cat([rotation_6d(rotation), torch.arange(50.0)[:, None].expand(-1, 3)], dim=1).float()
    times_s = torch.arange(60) / 30
    made = track_at(track, 25, times_s)
    expected = Rotation.from_rotvec(times_s.clamp(max=49 / 25).numpy()[:, None] * 25 * angles[1]).as_matrix()
    torch.testing.assert_close(to_rotation(made[:, :6]), torch.from_numpy(expected).float(), atol=1e-3, rtol=0)
    torch.testing.assert_close(made[:, 6], (times_s * 25).clamp(max=49))
    torch.testing.assert_close(track_at(track, 25, torch.arange(50).double() / 25), orthonormal(track))
    torch.testing.assert_close(track_at(track, 25, torch.tensor([-1.0, 99.0])), orthonormal(track[[0, -1]]))


def test_orthonormal_leaves_positions_alone() -> None:
    track = torch.randn(4, 9, generator=torch.Generator().manual_seed(0))
    made = orthonormal(track)
    assert torch.equal(made[:, 6:], track[:, 6:]) and off_orthonormal(to_rotation(made[:, :6])) < 1e-6
    torch.testing.assert_close(orthonormal(made), made)


@pytest.mark.parametrize("track", [torch.zeros(0, 9), torch.zeros(3, 8), torch.zeros(9), torch.full((2, 9), np.nan)])
def test_what_is_no_track_is_refused(track: torch.Tensor) -> None:
    with pytest.raises(ModelError, match="expected a pose track"):
        check_track(track)
