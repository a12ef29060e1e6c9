"""E_motion by face points: crop, heat maps, modes. z is all that crosses over to the generator. Not in the paper."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model.networks.close_points import ClosePoints
from model.networks.config import Z_BESIDE_MODES, ModelConfig
from model.networks.face_modes import GAZE_VALUES, FaceModes, FaceReading
from model.networks.face_points import (
    FACE_EXTENT,
    POINTS,
    SKIN_POINTS,
    TONGUE_VALUES,
    PointReader,
    crop_matrix,
    cut_crop,
    window_points,
)
from model.networks.pose import HeadPose

assert GAZE_VALUES + TONGUE_VALUES == Z_BESIDE_MODES


class PointMotion(nn.Module):
    """Picture and pose to z = [modes, gaze, tongue], and to a pose that the points correct."""

    crop: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.reader = PointReader(config.motion_crop_px, config.point_widths, config.norm_groups, len(POINTS))
        self.close = ClosePoints(config)
        self.modes = FaceModes(config.point_modes)
        self.register_buffer("crop", window_points(config.motion_crop_px, FACE_EXTENT), persistent=False)

    def points(
        self,
        image: Tensor,  # [B, 3, H, W]
        pose: HeadPose,
    ) -> tuple[Tensor, Tensor]:  # [B, SKIN_POINTS + irises, 2] in the picture, tongue [B, 4]
        """Where the face points are."""
        matrix = crop_matrix(pose)
        log_maps, _ = self.reader(cut_crop(image, matrix, self.crop))
        at, tongue = self.close(image, matrix, self.reader.places(log_maps) * FACE_EXTENT)
        return at @ matrix[:, :, :2].transpose(1, 2) + matrix[:, None, :, 2], tongue

    def read(self, image: Tensor, pose: HeadPose) -> FaceReading:
        """Everything of a face: points, modes, and the pose that fits them best."""
        points, tongue = self.points(image, pose)
        pose, features, canonical = self.modes.fit(points, pose)
        z = torch.cat([features @ self.modes.mix.T, tongue], dim=1)
        return FaceReading(pose, z, points[:, :SKIN_POINTS], canonical)

    def forward(self, image: Tensor, pose: HeadPose) -> Tensor:  # [B, 3, H, W] -> [B, z_dim]
        return self.read(image, pose).z
