"""Motion of a head, and what can be done with it before it drives somebody: scaled, made relative, mixed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from model.networks.errors import ModelError
from model.networks.pose import HeadPose

MOST_ADDED_TURN_DEG = 45.0
"""How far from the camera a face may be when the turns of source and driver add up: beyond, most of what is to be shown
lies behind the photo's outline."""


@dataclass(frozen=True, repr=False)
class Motion:
    """Expression and head pose of T frames."""

    z: Tensor  # [T, z_dim]
    pose: HeadPose  # of T frames

    def __post_init__(self) -> None:
        if self.z.dim() != 2 or self.z.shape[0] != self.pose.scale.shape[0]:
            raise ModelError(
                f"expected z [T, d] with a pose for each of T frames but got z {list(self.z.shape)} and"
                f" {self.pose.scale.shape[0]} poses"
            )

    def __len__(self) -> int:
        return self.z.shape[0]

    def __getitem__(self, index: slice) -> Motion:
        return Motion(self.z[index], self.pose[index])

    def __repr__(self) -> str:
        return f"Motion(frames={len(self)}, z={list(self.z.shape)})"

    def with_pose_of(self, other: Motion) -> Motion:
        """This expression in the head pose of `other`, frame by frame; a single frame of `other` holds throughout."""
        return Motion(self.z, repeat_pose(other.pose, len(self)))

    def scaled(
        self,
        factor: float,
        rest: Tensor,  # [1, z_dim] the expression that a factor of 0 gives
    ) -> Motion:
        """The expression `factor` times as far from `rest`; the pose stays."""
        return replace(self, z=rest + factor * (self.z - rest))

    def absolute(self, source: Motion) -> Motion:
        """The driver's expression, rotation and position in the source's own scale, as the paper mixes poses."""
        scale = source.pose.scale.expand_as(self.pose.scale)
        return replace(self, pose=replace(self.pose, scale=scale))

    def relative(
        self,
        rest: Motion,  # 1 frame: the driver at rest
        source: Motion,  # 1 frame: the source as it is
    ) -> Motion:
        """What changed since `rest`, applied to the source: the source's own pose and expression are where it starts.

        Rotations compose in the camera's frame, so that a nod stays a nod for a turned source; positions add,
        scales multiply. Two turns to one side may add up to `MOST_ADDED_TURN_DEG`, or to the larger of the two.
        """
        z = source.z + (self.z - rest.z)
        # R takes the picture to the canonical frame, so the head's own rotation is its transpose.
        rotation = source.pose.rotation @ rest.pose.rotation.transpose(1, 2) @ self.pose.rotation
        most = torch.maximum(turn_of(self.pose.rotation), turn_of(source.pose.rotation))
        rotation = turned_at_most(rotation, most.clamp_min(math.radians(MOST_ADDED_TURN_DEG)))
        translation = source.pose.translation + (self.pose.translation - rest.pose.translation)
        scale = source.pose.scale * (self.pose.scale / rest.pose.scale)
        return Motion(z, HeadPose(scale, rotation, translation))


def turn_of(rotation: Tensor) -> Tensor:  # [T, 3, 3] of the picture to the canonical frame -> [T] rad
    """Angle between where a face looks and the camera."""
    return torch.acos(rotation[:, 2, 2].clamp(-1, 1))


def turned_at_most(
    rotation: Tensor,  # [T, 3, 3] of the picture to the canonical frame
    most_rad: Tensor,  # [T]
) -> Tensor:  # [T, 3, 3]
    """Faces that look further away are turned back to the camera by the shortest way, which leaves their roll."""
    looks = rotation[:, 2]  # the canonical z axis in the picture
    camera = looks.new_tensor([0.0, 0.0, 1.0]).expand_as(looks)
    angle = (turn_of(rotation) - most_rad).clamp_min(0)
    by = angle[:, None] * F.normalize(torch.linalg.cross(looks, camera), dim=1)
    axes = torch.eye(3).to(rotation).expand(len(rotation), 3, 3)
    back = torch.matrix_exp(torch.linalg.cross(by[:, None].expand_as(axes), axes).transpose(1, 2))
    return torch.where((angle > 0)[:, None, None], rotation @ back.transpose(1, 2), rotation)


def mix(
    motions: Sequence[Motion],
    weights: Sequence[float],
) -> Motion:
    """Weighted mean of the expressions of several drivers, in the head pose of the first.

    Motions of one frame hold throughout; the others must have the same length. Weights are used as they are: they
    need not sum to 1.

    Raises:
        ModelError: nothing to mix, another number of weights, or lengths that do not fit.
    """
    if not motions or len(motions) != len(weights):
        raise ModelError(f"expected one weight per motion but got {len(motions)} motions and {len(weights)} weights")
    length = max(len(motion) for motion in motions)
    wrong = [len(motion) for motion in motions if len(motion) not in (1, length)]
    if wrong:
        raise ModelError(f"expected motions of 1 or {length} frames but got {wrong[0]}")
    z = sum((weight * motion.z.expand(length, -1) for motion, weight in zip(motions, weights, strict=True)))
    assert isinstance(z, Tensor)
    return Motion(z, repeat_pose(motions[0].pose, length))


def join(parts: Sequence[Motion]) -> Motion:
    """Motions one after the other."""
    poses = [part.pose for part in parts]
    pose = HeadPose(
        torch.cat([p.scale for p in poses]),
        torch.cat([p.rotation for p in poses]),
        torch.cat([p.translation for p in poses]),
    )
    return Motion(torch.cat([part.z for part in parts]), pose)


def repeat_pose(pose: HeadPose, count: int) -> HeadPose:
    """The pose of `count` frames; that of a single frame holds throughout. Raises ModelError for other lengths."""
    have = pose.scale.shape[0]
    if have == count:
        return pose
    if have != 1:
        raise ModelError(f"expected head poses for 1 or {count} frames but got {have}")
    return HeadPose(
        pose.scale.expand(count, -1), pose.rotation.expand(count, -1, -1), pose.translation.expand(count, -1)
    )
