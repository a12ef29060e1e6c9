from __future__ import annotations

import torch
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.face_modes import FaceModes, project
from model.networks.face_points import LOWER, UPPER
from model.networks.point_path import LEAST_GAP, PointPath, SourceFace, keep_order
from model.networks.pose import HeadPose
from tests.model.planted import plant_modes

POSE = HeadPose(torch.ones(1, 3), torch.eye(3)[None], torch.zeros(1, 3))


def smooth_picture() -> torch.Tensor:
    return F.interpolate(torch.rand(1, 3, 4, 4), (32, 32), mode="bicubic").clamp(0, 1)


def source(config: ModelConfig) -> tuple[FaceModes, SourceFace]:
    modes = FaceModes(config.point_modes)
    plant_modes(modes)
    # No partners too close: nothing is moved to keep them in order.
    modes.mean[list(LOWER), 1] = modes.mean[list(UPPER), 1] + 0.1
    canonical = modes.mean[None].clone()
    return modes, SourceFace(project(canonical, POSE), canonical)


def test_points_that_stay_leave_the_picture_as_it_is(tiny_point_config: ModelConfig) -> None:
    (modes, face), image = source(tiny_point_config), smooth_picture()
    moved = PointPath(tiny_point_config)(modes, image, face, POSE, face.points, POSE)
    torch.testing.assert_close(moved.picture, image, atol=2e-3, rtol=0)


def test_the_flow_reads_each_point_where_the_source_has_it(tiny_point_config: ModelConfig) -> None:
    modes, face = source(tiny_point_config)
    targets = face.points * 0.9 + torch.tensor([0.05, 0.0])
    moved = PointPath(tiny_point_config)(modes, smooth_picture(), face, POSE, targets, POSE)
    read = F.grid_sample(moved.flow.permute(0, 3, 1, 2), targets[:, :, None], align_corners=False)[..., 0]
    torch.testing.assert_close(read.transpose(1, 2), face.points, atol=0.02, rtol=0)
    place = F.grid_sample(moved.place, targets[:, :, None], align_corners=False)[..., 0]
    torch.testing.assert_close(place.transpose(1, 2), modes.mean[None, :, :2], atol=0.05, rtol=0)


def test_lids_and_lips_meet_but_do_not_pass() -> None:
    points = torch.rand(1, 128, 2)
    kept = keep_order(points, POSE)
    gap = kept[:, LOWER, 1] - kept[:, UPPER, 1]
    assert gap.min() > LEAST_GAP - 1e-6
    apart = points[:, LOWER, 1] - points[:, UPPER, 1] > LEAST_GAP
    torch.testing.assert_close(kept[:, LOWER][apart], points[:, LOWER][apart])
    torch.testing.assert_close((kept[:, LOWER] + kept[:, UPPER]), points[:, LOWER] + points[:, UPPER])
