from __future__ import annotations

import torch

from model.networks.config import ModelConfig
from model.networks.motion import CROP_EXTENT, aligned_face_crop, crop_points
from model.networks.pose import HeadPose
from model.networks.warping import WarpGenerator, identity_grid, rigid_warp, sample_volume


def frontal(batch: int = 1, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> HeadPose:
    translation = torch.tensor([[*shift, 0.0]]).expand(batch, 3)
    return HeadPose(torch.full((batch, 3), scale), torch.eye(3).expand(batch, 3, 3), translation)


def test_centred_identity_grid_returns_the_volume() -> None:
    volume = torch.randn(2, 3, 4, 8, 8)
    grid = identity_grid(4, 8, 8, corner=False).expand(2, -1, -1, -1, -1)
    torch.testing.assert_close(sample_volume(volume, grid), volume)


def test_corner_identity_grid_shrinks_the_content_as_the_published_model_does() -> None:
    # Cell i of N reads position i N / (N - 1) - 1/2, so borders are half zero padding.
    ramp = torch.arange(8.0).expand(1, 1, 8, 8, 8)
    warped = sample_volume(ramp, identity_grid(8, 8, 8, corner=True)[None])
    expected = torch.arange(8.0) * 8 / 7 - 0.5
    torch.testing.assert_close(warped[0, 0, 4, 4, 1:7], expected[1:7])
    assert warped[0, 0, 4, 4, 7] < expected[7] * 0.6


def test_rigid_warp_moves_content_by_the_translation() -> None:
    volume = torch.zeros(1, 1, 4, 8, 8)
    volume[..., 3, 2] = 1.0
    one_cell = 2.0 / 8
    grid = rigid_warp(identity_grid(4, 8, 8, corner=False), frontal(shift=(one_cell, 0.0)).theta())
    moved = sample_volume(volume, grid)
    assert moved[0, 0, 0, 3, 1] > 0.999 and moved[0, 0, 0, 3, 2] < 1e-3


def test_there_and_back_is_the_identity() -> None:
    grid = identity_grid(4, 8, 8, corner=False)
    pose = frontal(scale=1.3, shift=(0.2, -0.1))
    back = rigid_warp(rigid_warp(grid, pose.theta())[0], pose.theta_inverse())
    torch.testing.assert_close(back[0], grid, atol=1e-6, rtol=0)


def test_new_warp_generator_starts_near_the_identity(tiny_config: ModelConfig) -> None:
    torch.manual_seed(0)
    generator = WarpGenerator(tiny_config)
    embedding = torch.randn(2, tiny_config.embed_channels, tiny_config.embed_size**2)
    warp = generator(embedding)
    assert warp.shape == (2, 4, 16, 16, 3)
    assert (warp - generator.grid).abs().max() < 0.25


def test_aligned_crop_undoes_a_shift_and_a_zoom() -> None:
    y, x = torch.meshgrid(torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 64), indexing="ij")
    centre, zoom = (0.25, -0.125), 1.5

    def blob(cx: float, cy: float, width: float) -> torch.Tensor:
        return torch.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width**2)).expand(1, 3, 64, 64)

    plain = aligned_face_crop(blob(0.0, 0.0, 0.1), frontal(), crop_points(32))
    moved_pose = frontal(scale=1 / zoom, shift=(-centre[0], -centre[1]))
    moved = aligned_face_crop(blob(*centre, 0.1 * zoom), moved_pose, crop_points(32))
    torch.testing.assert_close(moved, plain, atol=0.03, rtol=0)
    assert CROP_EXTENT == 0.5


def test_crop_lets_gradients_reach_the_picture() -> None:
    image = torch.rand(1, 3, 32, 32, requires_grad=True)
    aligned_face_crop(image, frontal(), crop_points(16)).sum().backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
