"""Mouth, upper face and head are each the sound's, the video's or something between."""

from __future__ import annotations

import math

import pytest
import torch

from model.avatar.motion import Motion
from model.networks.errors import ModelError
from model.networks.pose import HeadPose, rotation_from_angles
from model.speech.driving.shares import SoundShares, blend
from tests.model.speech.driving.material import MOUTH

DIRECTIONS = torch.eye(8)[:MOUTH]


def motion(seed: int, frames: int = 4) -> Motion:
    draw = torch.Generator().manual_seed(seed)
    rotation = rotation_from_angles(0.3 * torch.randn(frames, 3, generator=draw))
    pose = HeadPose(1 + torch.rand(frames, 3, generator=draw), rotation, torch.randn(frames, 3, generator=draw))
    return Motion(torch.randn(frames, 8, generator=draw), pose)


def test_sound_for_the_mouth_and_video_for_the_rest() -> None:
    heard, seen = motion(0), motion(1)
    mixed = blend(heard, seen, SoundShares.beside(face=True, pose=True), DIRECTIONS)
    assert torch.allclose(mixed.z[:, :MOUTH], heard.z[:, :MOUTH], atol=1e-6)
    assert torch.allclose(mixed.z[:, MOUTH:], seen.z[:, MOUTH:], atol=1e-6)
    assert torch.equal(mixed.pose.rotation, seen.pose.rotation)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_of_them_alone_is_its_bits(share: float) -> None:
    heard, seen = motion(0), motion(1)
    mixed, alone = blend(heard, seen, SoundShares(share, share, share), DIRECTIONS), heard if share else seen
    assert torch.equal(mixed.z, alone.z) and torch.equal(mixed.pose.rotation, alone.pose.rotation)


def test_a_pose_from_a_video_leaves_the_face_to_sound() -> None:
    heard, seen = motion(0), motion(1)
    mixed = blend(heard, seen, SoundShares.beside(face=False, pose=True), DIRECTIONS)
    assert torch.equal(mixed.z, heard.z) and torch.equal(mixed.pose.translation, seen.pose.translation)


def test_shares_between_are_on_the_way() -> None:
    heard, seen = motion(0), motion(1)
    mixed = blend(heard, seen, SoundShares(mouth=0.25, upper=0.5, pose=0.5), DIRECTIONS)
    assert torch.allclose(mixed.z[:, :MOUTH], torch.lerp(seen.z, heard.z, 0.25)[:, :MOUTH], atol=1e-6)
    assert torch.allclose(mixed.z[:, MOUTH:], torch.lerp(seen.z, heard.z, 0.5)[:, MOUTH:], atol=1e-6)
    turned = mixed.pose.rotation
    assert torch.allclose(turned @ turned.mT, torch.eye(3).expand(4, 3, 3), atol=1e-5)
    between = (mixed.pose.translation - (heard.pose.translation + seen.pose.translation) / 2).abs().max()
    assert between < 1e-6 and torch.allclose(mixed.pose.scale**2, heard.pose.scale * seen.pose.scale, rtol=1e-5)


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, math.inf, True, "1"])
@pytest.mark.parametrize("region", ["mouth", "upper", "pose"])
def test_a_share_is_from_0_to_1(region: str, share: object) -> None:
    with pytest.raises(ModelError, match=f"share of sound in {region} from 0 to 1"):
        SoundShares(**{region: share})  # type: ignore[arg-type]
