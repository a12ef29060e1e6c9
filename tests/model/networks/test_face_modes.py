"""The fit is checked on faces whose modes and pose are known."""

from __future__ import annotations

import pytest
import torch

from model.networks.face_modes import IDENTITY_MODES, FaceModes, project
from model.networks.face_points import SKIN_POINTS
from model.networks.pose import HeadPose, rotation_from_angles
from tests.model.planted import plant_modes

FACES = 3


@pytest.fixture
def modes() -> FaceModes:
    modes = FaceModes(4)
    plant_modes(modes)
    return modes


def pose(*angles: float, scale: float = 1.3, shift: float = 0.05) -> HeadPose:
    turned = rotation_from_angles(torch.tensor([angles or (0.1, -0.3, 0.2)]).expand(FACES, 3))
    return HeadPose(torch.full((FACES, 3), scale), turned, torch.tensor([[shift, -0.03, 0.0]]).expand(FACES, 3))


def seen(modes: FaceModes, expression: torch.Tensor, identity: torch.Tensor, true: HeadPose) -> torch.Tensor:
    face = modes.moved(modes.mean + torch.einsum("bi,inc->bnc", identity, modes.identity), expression)
    return project(torch.cat([face, modes.irises.expand(FACES, -1, -1)], dim=1), true)


def test_modes_and_pose_are_found_from_a_pose_that_is_a_little_off(modes: FaceModes) -> None:
    true, guess = pose(), pose(0.13, -0.27, 0.17, scale=1.33, shift=0.07)
    expression, identity = torch.randn(FACES, 4), torch.randn(FACES, IDENTITY_MODES)
    read, features, canonical = modes.fit(seen(modes, expression, identity, true), guess)
    torch.testing.assert_close(features[:, :4], expression, atol=0.1, rtol=0)
    torch.testing.assert_close(read.rotation, true.rotation, atol=0.02, rtol=0)
    torch.testing.assert_close(read.scale, true.scale, atol=0.02, rtol=0)
    torch.testing.assert_close(read.translation, true.translation, atol=0.01, rtol=0)
    points = seen(modes, expression, identity, true)[:, :SKIN_POINTS]
    torch.testing.assert_close(project(canonical, read), points, atol=1e-4, rtol=0)  # whatever the modes leave out


def test_nothing_to_see_is_the_mean_face(modes: FaceModes) -> None:
    points = seen(modes, torch.zeros(FACES, 4), torch.zeros(FACES, IDENTITY_MODES), pose())
    read, features, _ = modes.fit(points, pose())
    assert features.abs().max() < 1e-3
    torch.testing.assert_close(read.rotation, pose().rotation, atol=1e-4, rtol=0)


def test_irises_are_told_apart_from_the_face(modes: FaceModes) -> None:
    points = seen(modes, torch.zeros(FACES, 4), torch.zeros(FACES, IDENTITY_MODES), pose(0.0, 0.0, 0.0))
    points[:, SKIN_POINTS:, 0] += 0.02
    _, features, _ = modes.fit(points, pose(0.0, 0.0, 0.0))
    torch.testing.assert_close(features[:, -4:], torch.tensor([0.026, 0, 0.026, 0]).expand(FACES, 4), atol=1e-3, rtol=0)


def test_the_far_side_of_a_turned_face_faces_away(modes: FaceModes) -> None:
    modes.normals[0], modes.normals[1] = torch.tensor([1.0, 0, 0]), torch.tensor([-1.0, 0, 0])
    facing = modes.facing(pose(0.0, 0.7, 0.0))[0]
    assert facing[0] * facing[1] < 0 and facing[2] == pytest.approx(torch.cos(torch.tensor(0.7)).item(), abs=1e-5)
