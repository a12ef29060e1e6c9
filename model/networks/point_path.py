"""The texture path of face points: the source picture itself, moved by a thin-plate field. Not in the paper."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.face_modes import HIDDEN_COSINE, FaceModes
from model.networks.face_points import LOWER, SKIN_POINTS, UPPER
from model.networks.pose import HeadPose
from model.networks.shapes import builds_without_numbers
from model.networks.thin_plate import SMOOTHNESS, thin_plate

ANCHORS = 4  # on each border of the picture, which stays where it is
HIDDEN_SLACK = 0.1  # of points that either pose hides: true to them, a far cheek would fold
LEAST_GAP = (
    0.012  # half pictures between partners of lids and lips: where they pass each other a field turns inside out
)
FIELD_SHARE = 2  # the field has half the picture's side: a quarter leaves lids open


@dataclass(frozen=True)
class SourceFace:
    """Where the face points of a source are."""

    points: Tensor  # [B, SKIN_POINTS, 2] in the picture
    canonical: Tensor  # [B, SKIN_POINTS, 3] with the source's own expression


@dataclass(frozen=True)
class Moved:
    """A source picture moved to a driver's expression and pose."""

    picture: Tensor  # [B, 3, S, S]
    flow: Tensor  # [B, S, S, 2] where each pixel reads the source
    place: Tensor  # [B, 2, S / 2, S / 2] where each pixel lies on the mean face, canonical x and y


class PointPath(nn.Module):
    """Source, z and pose to a moved picture; nothing in it is trained."""

    axis: Tensor
    border: Tensor
    pixels: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.image_px, self.field_px = config.image_size_px, config.image_size_px // FIELD_SHARE
        axis, border = torch.empty(self.field_px), torch.empty(4 * ANCHORS, 2)
        pixels = torch.empty(self.image_px, self.image_px, 2)
        if not builds_without_numbers():
            along, axis = _centres(self.image_px), _centres(self.field_px)
            pixels = torch.stack(torch.meshgrid(along, along, indexing="xy"), dim=-1)
            steps, one = torch.arange(ANCHORS) * 2.0 / ANCHORS - 1, torch.ones(ANCHORS)
            sides = ((steps, -one), (one, steps), (-steps, one), (-one, -steps))
            border = torch.cat([torch.stack(side, dim=1) for side in sides])
        self.register_buffer("pixels", pixels, persistent=False)
        self.register_buffer("axis", axis, persistent=False)
        self.register_buffer("border", border, persistent=False)

    def forward(
        self,
        modes: FaceModes,
        image: Tensor,  # [B, 3, S, S]
        face: SourceFace,
        source_pose: HeadPose,
        targets: Tensor,  # [B, SKIN_POINTS, 2]
        pose: HeadPose,
    ) -> Moved:
        targets = keep_order(targets, pose)
        hidden = torch.minimum(modes.facing(pose), modes.facing(source_pose)) < HIDDEN_COSINE
        slack = torch.where(hidden, HIDDEN_SLACK, SMOOTHNESS)
        slack = torch.cat([slack, slack.new_full((len(image), len(self.border)), SMOOTHNESS)], dim=1)
        border = self.border.expand(len(image), -1, -1)
        values = torch.cat([
            torch.cat([face.points - targets, torch.zeros_like(border)], dim=1),
            torch.cat([modes.mean[:, :2].expand(len(image), -1, -1), _on_the_mean_face(border, pose)], dim=1),
        ], dim=2)  # fmt: skip
        field = thin_plate(torch.cat([targets, border], dim=1), values, slack, self.axis, self.axis)
        field = field.permute(0, 3, 1, 2)
        offsets = F.interpolate(
            field[:, :2].contiguous(), (self.image_px, self.image_px), mode="bilinear", align_corners=False
        )
        flow = self.pixels + offsets.permute(0, 2, 3, 1)
        picture = F.grid_sample(image, flow, mode="bilinear", padding_mode="border", align_corners=False)
        return Moved(picture, flow, field[:, 2:])


def _centres(side_px: int) -> Tensor:  # [side_px] of a picture's pixels
    return (torch.arange(side_px) + 0.5) / side_px * 2 - 1


def keep_order(
    points: Tensor,  # [B, SKIN_POINTS, 2]
    pose: HeadPose,
) -> Tensor:  # [B, SKIN_POINTS, 2]
    """Points with partners of lids and lips at least `LEAST_GAP` apart along the face's own down."""
    down = F.normalize(pose.rotation[:, 1, :2], dim=1)[:, None]  # the canonical y axis in the picture
    gap = ((points[:, LOWER] - points[:, UPPER]) * down).sum(-1, keepdim=True)
    lacking = (LEAST_GAP - gap).clamp_min(0) * down / 2
    kept = points.clone()
    kept[:, UPPER] -= lacking
    kept[:, LOWER] += lacking
    return kept


def _on_the_mean_face(points: Tensor, pose: HeadPose) -> Tensor:  # [B, N, 2] -> [B, N, 2]
    """Canonical x and y of the picture's points, as if all lay in the plane through the middle of the face."""
    inverse = pose.theta_inverse()[:, :2]
    return torch.linalg.solve(inverse[:, :, :2], (points - inverse[:, None, :, 3]).transpose(1, 2)).transpose(1, 2)


assert len(UPPER) == len(LOWER) <= SKIN_POINTS
