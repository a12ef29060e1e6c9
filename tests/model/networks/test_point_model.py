"""The graph with face points: what crosses over, and what a checkpoint keeps."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from model.networks.config import ModelConfig
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.onnx_export import export_onnx
from model.networks.point_motion import PointMotion
from tests.model.planted import plant_modes


def pictures(count: int) -> torch.Tensor:
    return torch.rand(count, 3, 32, 32)


@torch.no_grad()
def test_a_source_in_its_own_motion_is_not_moved(tiny_point_model: EMOPortraits) -> None:
    identity = tiny_point_model.encode_source(pictures(1))
    moved = tiny_point_model.move_by_points(identity, identity.z, identity.pose)
    grid = torch.nn.functional.affine_grid(torch.eye(2, 3)[None], [1, 3, 32, 32], align_corners=False)
    assert (moved.flow - grid).abs().mean() < 0.1  # planted lids and lips are out of order, and put in order


@torch.no_grad()
def test_z_and_pose_are_all_that_crosses_over(tiny_point_model: EMOPortraits) -> None:
    model, frames = tiny_point_model, pictures(3)
    identity = model.encode_source(pictures(1))
    result = model.drive(identity, frames)
    torch.testing.assert_close(model.render(identity, result.z, result.pose), result.image)
    assert result.image.shape == (3, 3, 32, 32) and result.z.shape == (3, 10)
    other = model.render(identity, result.z + 1, result.pose)
    assert (other - result.image).abs().max() > 1e-3


@torch.no_grad()
def test_the_pose_is_corrected_by_points_also_where_it_is_given(tiny_point_model: EMOPortraits) -> None:
    frames = pictures(2)
    pose = tiny_point_model.pose_net(frames)
    read, z = tiny_point_model.read_motion(frames)
    given, same = tiny_point_model.read_motion(frames, pose)
    torch.testing.assert_close(given.rotation, read.rotation)
    torch.testing.assert_close(same, z)
    assert (read.rotation - pose.rotation).abs().max() > 1e-4


@torch.no_grad()
def test_modes_travel_with_the_weights(tiny_point_model: EMOPortraits, tmp_path: Path) -> None:
    tiny_point_model.save_pretrained(tmp_path)
    again, frames = EMOPortraits.from_pretrained(tmp_path), pictures(2)
    torch.testing.assert_close(again(frames, frames.flip(0)), tiny_point_model(frames, frames.flip(0)))


@torch.no_grad()
def test_the_inference_form_draws_the_same(tiny_point_model: EMOPortraits) -> None:
    frames = pictures(2)
    expected = tiny_point_model(frames, frames.flip(0))
    torch.testing.assert_close(tiny_point_model.to_inference()(frames, frames.flip(0)), expected, atol=1e-4, rtol=0)


def test_points_known_from_elsewhere_replace_those_of_z(tiny_point_model: EMOPortraits) -> None:
    model, frame = tiny_point_model, pictures(1)
    identity = model.encode_source(frame)
    assert identity.face is not None
    z = torch.randn(1, 10)
    one = model.render_parts(identity, z, identity.pose, points=identity.face.points)
    other = model.render_parts(identity, z + 5, identity.pose, points=identity.face.points)
    assert one.moved is not None and other.moved is not None
    torch.testing.assert_close(one.moved, other.moved)


def test_sizes_have_to_fit(tiny_point_config: ModelConfig) -> None:
    with pytest.raises(ModelError, match="expected z_dim to be point_modes \\+ 6 = 10 but got 12"):
        dataclasses.replace(tiny_point_config, z_dim=12)
    for field in ("motion_crop_px", "point_close_px"):
        with pytest.raises(ModelError, match=f"{field} to be a multiple of 16"):
            dataclasses.replace(tiny_point_config, **{field: 40})


@torch.no_grad()
def test_paint_may_be_smaller_than_the_picture(tiny_point_config: ModelConfig) -> None:
    """The moved source keeps its own size; paint and share are enlarged."""
    config = dataclasses.replace(tiny_point_config, image_size_px=64, encoder_channels=(8, 8, 16))
    torch.manual_seed(0)
    model = EMOPortraits(config).eval()
    assert isinstance(model.motion_encoder, PointMotion)
    plant_modes(model.motion_encoder.modes)
    frame = torch.rand(1, 3, 64, 64)
    identity = model.encode_source(frame)
    made = model.render_parts(identity, identity.z, identity.pose)
    assert made.moved is not None and made.painted is not None and made.share is not None
    assert made.image.shape == made.moved.shape == made.painted.shape == (1, 3, 64, 64)
    torch.testing.assert_close(made.image, made.share * made.moved + (1 - made.share) * made.painted)
    halves = torch.nn.functional.avg_pool2d(made.painted, 2)
    enlarged = torch.nn.functional.interpolate(halves, scale_factor=2.0, mode="bilinear", align_corners=False)
    assert (enlarged - made.painted).abs().mean() < 0.1 * made.painted.std()  # nothing finer is in it


def test_onnx_is_refused_with_the_reason(tiny_point_model: EMOPortraits, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no operator that solves linear equations"):
        export_onnx(tiny_point_model, tmp_path / "model.onnx")
