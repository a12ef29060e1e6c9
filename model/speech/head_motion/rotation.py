"""The six numbers of a rotation (Eq. 16-17), and tracks of head poses against a reference frame."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from model.networks.errors import ModelError
from model.networks.pose import HeadPose

POSE = 9
"""Numbers of a frame of a track: a1, a2, translation."""
ROTATION = slice(0, 6)
TRANSLATION = slice(6, 9)
DEGENERATE = 1e-6
"""A column of which less than this share (of 1, or of its own length) is new gives no direction."""


def rotation_6d(
    rotation: Tensor,  # [..., 3, 3]
) -> Tensor:  # [..., 6]
    """The first column of a rotation, then the second one."""
    return rotation[..., :2].transpose(-1, -2).flatten(-2)


def to_rotation(
    six: Tensor,  # [..., 6] columns a1 and a2
) -> Tensor:  # [..., 3, 3]
    """Gram-Schmidt of Eq. 16-17: orthonormal to rounding for whatever numbers come in.

    Where a1 is zero, b1 is the x axis. Where a2 is zero or along b1, the axis that is farthest from b1 takes its
    place (of equals the first). Everywhere else the rotation is a continuous function of the six numbers.
    """
    a1, a2 = six[..., :3], six[..., 3:]
    no_a1 = a1.norm(dim=-1, keepdim=True) <= DEGENERATE
    b1 = F.normalize(torch.where(no_a1, _axis(torch.zeros_like(a1[..., 0], dtype=torch.long), a1), a1), dim=-1)
    length = a2.norm(dim=-1, keepdim=True)
    no_a2 = _beside(b1, a2).norm(dim=-1, keepdim=True) <= DEGENERATE * length.clamp_min(1.0)
    b2 = torch.where(no_a2, _axis(b1.detach().abs().argmin(dim=-1), b1), a2)
    for _ in range(2):  # once leaves an error of rounding / |new part|
        b2 = F.normalize(_beside(b1, b2), dim=-1)
    return torch.stack([b1, b2, torch.linalg.cross(b1, b2)], dim=-1)


def _beside(b1: Tensor, a: Tensor) -> Tensor:  # [..., 3] each
    """What of `a` is not along the unit vector b1."""
    return a - (b1 * a).sum(dim=-1, keepdim=True) * b1


def _axis(number: Tensor, like: Tensor) -> Tensor:  # int64 [...] -> [..., 3]
    return F.one_hot(number, 3).to(like.dtype)


def orthonormal(
    track: Tensor,  # [..., 9]
) -> Tensor:  # [..., 9]
    """The track whose six numbers are two columns of the rotation that they stand for."""
    return torch.cat([rotation_6d(to_rotation(track[..., ROTATION])), track[..., TRANSLATION]], dim=-1)


def identity_pose() -> Tensor:  # [9]
    """The pose of the reference frame itself."""
    return torch.tensor([1.0, 0, 0, 0, 1, 0, 0, 0, 0])


def pose_track(
    poses: HeadPose,  # of T frames
    reference: HeadPose,  # of 1 frame
) -> Tensor:  # [T, 9]
    """What changed since the reference frame, in the camera's frame as `Motion.relative` applies it; no scale."""
    rotation = reference.rotation.transpose(1, 2) @ poses.rotation
    return torch.cat([rotation_6d(rotation), poses.translation - reference.translation], dim=-1)


def head_poses(
    track: Tensor,  # [T, 9]
    source: HeadPose,  # of 1 frame, which stands for the reference frame
) -> HeadPose:
    """The inverse of `pose_track`: poses of T frames in the source's scale."""
    rotation = source.rotation @ to_rotation(track[:, ROTATION])
    translation = source.translation + track[:, TRANSLATION]
    return HeadPose(source.scale.expand(len(track), -1), rotation, translation)


def against(
    track: Tensor,  # [..., T, 9]
    rest: Tensor,  # [..., 9], of the same track
) -> Tensor:  # [..., T, 9]
    """The same motion against another reference pose."""
    turned_back = to_rotation(rest[..., ROTATION]).mT.unsqueeze(-3)
    rotation = turned_back @ to_rotation(track[..., ROTATION])
    moved = track[..., TRANSLATION] - rest[..., None, TRANSLATION]
    return torch.cat([rotation_6d(rotation), moved], dim=-1)


def track_at(
    track: Tensor,  # [T, 9]
    fps: float,
    times_s: Tensor,  # [N]
) -> Tensor:  # [N, 9]
    """The track at other times than its own frames: linear between them, held before the first and after the last."""
    check_track(track)
    place = (times_s.double() * fps).clamp(0, len(track) - 1)
    before = place.floor().long()
    after = (before + 1).clamp(max=len(track) - 1)
    return orthonormal(torch.lerp(track[before], track[after], (place - before).to(track.dtype)[:, None]))


def central_frame(
    track: Tensor,  # [T, 9]
) -> int:
    """The frame that is nearest to the medians of a clip: its head at rest."""
    check_track(track)
    return int((track - track.median(dim=0).values).square().sum(dim=-1).argmin())


def angular_speeds_deg_s(
    track: Tensor,  # [..., T, 9]
    fps: float,
) -> Tensor:  # [..., T - 1]
    """Angle between the rotations of neighbouring frames, degrees per second."""
    rotation = to_rotation(track[..., ROTATION])
    apart = rotation[..., 1:, :, :] - rotation[..., :-1, :, :]
    sine = apart.flatten(-2).norm(dim=-1) / 8**0.5  # |A - B| = sqrt(8) sin(angle / 2); exact where arccos is not
    return torch.rad2deg(2 * sine.clamp(max=1).asin()) * fps


def check_track(track: Tensor) -> None:
    """Raises ModelError unless it is a track of at least one frame, all of it finite."""
    if track.dim() != 2 or track.shape[1] != POSE or not len(track):
        raise ModelError(f"expected a pose track [T, {POSE}] but got {list(track.shape)}")
    if not track.isfinite().all():
        raise ModelError("expected a pose track of finite numbers but got NaN or infinite ones")
