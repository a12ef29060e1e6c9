"""Head pose: scale, rotation and translation, the matrix they form, and the network that reads them off a picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.resnet import ResNetTrunk

# The published regressor clamps its angles to this range (sic).
ANGLE_RANGE_RAD = (-torch.pi / 2, torch.pi)


@dataclass(frozen=True)
class HeadPose:
    """Pose of a head in normalised picture coordinates (x right, y down, z to the viewer; the picture spans [-1, 1]).

    `theta = S R T` maps a point of the picture to the canonical frame: translate, rotate, scale. Paper: R, t of
    E_motion.
    """

    scale: Tensor  # [B, 3]
    rotation: Tensor  # [B, 3, 3], picture to canonical
    translation: Tensor  # [B, 3]

    def theta(self) -> Tensor:  # [B, 4, 4]
        """The matrix from picture to canonical coordinates (column vectors)."""
        linear = self.scale.unsqueeze(-1) * self.rotation
        top = torch.cat([linear, linear @ self.translation.unsqueeze(-1)], dim=-1)
        return torch.cat([top, _last_row(top)], dim=1)

    def theta_inverse(self) -> Tensor:  # [B, 4, 4]
        """The matrix from canonical to picture coordinates, in closed form."""
        linear = self.rotation.transpose(1, 2) / self.scale.unsqueeze(1)
        top = torch.cat([linear, -self.translation.unsqueeze(-1)], dim=-1)
        return torch.cat([top, _last_row(top)], dim=1)

    @classmethod
    def from_theta(
        cls,
        theta: Tensor,  # [B, 4, 4]
    ) -> HeadPose:
        """The pose of a matrix `S R T` with positive scales (inverse of `theta`); computed in double precision."""
        linear = theta[:, :3, :3].double()
        scale = linear.norm(dim=2)
        rotation = linear / scale.unsqueeze(-1)
        # Not the transpose, which inverts only exact rotations.
        translation = torch.linalg.solve(linear, theta[:, :3, 3:].double()).squeeze(-1)
        return cls(scale.to(theta.dtype), rotation.to(theta.dtype), translation.to(theta.dtype))

    def __getitem__(self, index: slice | Tensor) -> HeadPose:
        return HeadPose(self.scale[index], self.rotation[index], self.translation[index])


def _last_row(top: Tensor) -> Tensor:  # [B, 3, 4] -> [B, 1, 4] 0 0 0 1, made on the device
    return torch.eye(4, device=top.device, dtype=top.dtype)[3].expand(top.shape[0], 1, 4)


def rotation_from_angles(angles: Tensor) -> Tensor:  # [B, 3] rad -> [B, 3, 3]
    """`Rz(a0) Ry(a1) Rx(a2)`: in-plane roll, left-right turn, nod."""
    (c0, c1, c2), (s0, s1, s2) = angles.cos().unbind(-1), angles.sin().unbind(-1)
    rows = [
        [c0 * c1, c0 * s1 * s2 - s0 * c2, c0 * s1 * c2 + s0 * s2],
        [s0 * c1, s0 * s1 * s2 + c0 * c2, s0 * s1 * c2 - c0 * s2],
        [-s1, c1 * s2, c1 * c2],
    ]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


class HeadPoseNet(nn.Module):
    """ResNet-18 with nine outputs `[sx, sy, sz, a0, a1, a2, tx, ty, tz]`, on the unnormalised picture."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.image_px = config.pose_image_px
        self.trunk = ResNetTrunk((2, 2, 2, 2), config.pose_width, nn.BatchNorm2d, bottleneck=False, second_bias=False)
        self.fc = nn.Linear(self.trunk.out_channels, 9)
        with torch.no_grad():
            # Start from the frontal, centred, unit-scale pose.
            self.fc.weight.mul_(0.1)
            self.fc.bias.copy_(torch.tensor([1.0] * 3 + [0.0] * 6))

    def forward(self, image: Tensor) -> HeadPose:  # [B, 3, H, W] in [0, 1]
        size = (self.image_px, self.image_px)
        if image.shape[-2:] != size:
            image = F.interpolate(image, size, mode="bilinear", align_corners=False)
        values = self.fc(self.trunk(image).mean(dim=(2, 3)))
        scale, angles, translation = values.split(3, dim=-1)
        return HeadPose(scale, rotation_from_angles(angles.clamp(*ANGLE_RANGE_RAD)), translation)
