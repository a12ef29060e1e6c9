from __future__ import annotations

import torch

from model.networks.config import ModelConfig
from model.networks.pose import HeadPose
from model.networks.texture import TexturePath
from model.networks.warping import identity_grid, rigid_warp


def pose(batch: int, shift: tuple[float, float] = (0.0, 0.0)) -> HeadPose:
    translation = torch.tensor([[*shift, 0.0]]).expand(batch, 3)
    return HeadPose(torch.ones(batch, 3), torch.eye(3).expand(batch, 3, 3), translation)


def move(config: ModelConfig, source: torch.Tensor, source_pose: HeadPose, driver_pose: HeadPose) -> torch.Tensor:
    batch = source.shape[0]
    grid = identity_grid(config.volume_depth, config.volume_size, config.volume_size, corner=False)
    still = grid.expand(batch, -1, -1, -1, -1)
    volume = torch.randn(batch, config.volume_channels, *grid.shape[:3])
    driver_grid = rigid_warp(grid, driver_pose.theta())
    with torch.no_grad():
        return TexturePath(config)(source, source_pose, still, still, driver_grid, volume)[0]


def test_equal_poses_and_no_expression_return_the_source(tiny_config: ModelConfig) -> None:
    source = torch.rand(2, 3, 32, 32)
    moved = move(tiny_config, source, pose(2), pose(2))
    torch.testing.assert_close(moved[..., 2:-2, 2:-2], source[..., 2:-2, 2:-2], atol=1e-4, rtol=0)


def test_picture_moves_from_the_source_position_to_the_driver_position(tiny_config: ModelConfig) -> None:
    # The head stands left of the middle in the source and right of it in the driver: `translation` is minus position.
    source = torch.zeros(1, 3, 32, 32)
    source[..., 16, 12] = 1.0
    one_pixel = 2 / 32
    moved = move(tiny_config, source, pose(1, (4 * one_pixel, 0.0)), pose(1, (-2 * one_pixel, 0.0)))
    assert moved[0, 0].argmax().item() == 16 * 32 + 18
