from __future__ import annotations

import torch
from scipy.spatial.transform import Rotation

from model.networks.pose import HeadPose, rotation_from_angles


def random_pose(count: int, seed: int = 0) -> HeadPose:
    generator = torch.Generator().manual_seed(seed)
    rotation = torch.from_numpy(Rotation.random(count, random_state=seed).as_matrix()).float()
    scale = 0.5 + torch.rand(count, 3, generator=generator)
    return HeadPose(scale, rotation, torch.randn(count, 3, generator=generator))


def test_rotation_is_roll_turn_nod_in_this_order() -> None:
    angles = torch.randn(16, 3, generator=torch.Generator().manual_seed(1))
    expected = Rotation.from_euler("ZYX", angles.numpy()).as_matrix()
    torch.testing.assert_close(rotation_from_angles(angles), torch.from_numpy(expected).float(), atol=1e-5, rtol=0)


def test_theta_translates_then_rotates_then_scales() -> None:
    pose = random_pose(4)
    point = torch.tensor([0.3, -0.2, 0.5])
    expected = pose.scale * torch.einsum("bij,bj->bi", pose.rotation, point + pose.translation)
    torch.testing.assert_close((pose.theta() @ torch.cat([point, torch.ones(1)]))[:, :3], expected)


def test_closed_form_inverse() -> None:
    pose = random_pose(8)
    product = pose.theta() @ pose.theta_inverse()
    torch.testing.assert_close(product, torch.eye(4).expand(8, 4, 4), atol=1e-5, rtol=0)


def test_indexing_selects_rows() -> None:
    pose = random_pose(5)
    assert torch.equal(pose[1:3].rotation, pose.rotation[1:3])
