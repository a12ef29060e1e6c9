"""An optional path for fine texture: the source picture itself, moved by the flow that the volume warps imply.

Not part of the paper, whose volume carries all texture and needs days of training on many GPUs to become sharp. The
warps already say where every output cell comes from; averaged over depth with learned weights they give a flow from
the output to the source, and a mask decides where the moved source is better than the decoded picture.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.pose import HeadPose
from model.networks.warping import rigid_warp


class TexturePath(nn.Module):
    """Driven volume and warps to a moved source picture."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.depth_logits = nn.Conv3d(config.volume_channels, 1, 3, padding=1)
        self.image_px = config.image_size_px
        with torch.no_grad():
            # All depths weigh the same at first: the flow of the plane through the middle of the face.
            for parameter in self.depth_logits.parameters():
                parameter.zero_()

    def forward(
        self,
        source: Tensor,  # [B, 3, S, S]
        source_pose: HeadPose,  # B poses
        source_warp: Tensor,  # w_{s->} [B, D, V, V, 3]
        driver_warp: Tensor,  # w_{->d} [B, D, V, V, 3]
        driver_grid: Tensor,  # rigid warp of the driver pose [B, D, V, V, 3]
        volume: Tensor,  # driven volume [B, C, D, V, V]
    ) -> tuple[Tensor, Tensor]:  # moved source [B, 3, S, S], flow [B, S, S, 2]
        canonical = _compose(driver_warp, driver_grid)
        unposed = _compose(source_warp, canonical)
        moved = rigid_warp(unposed, source_pose.theta_inverse())
        logits = self.depth_logits(volume.to(source.dtype))
        weights = torch.softmax(logits, dim=2).squeeze(1).unsqueeze(-1)  # [B, D, V, V, 1]
        flow = (weights * moved[..., :2]).sum(dim=1).permute(0, 3, 1, 2)
        size = (self.image_px, self.image_px)
        flow = F.interpolate(flow, size, mode="bilinear", align_corners=False).permute(0, 2, 3, 1)
        return F.grid_sample(source, flow, mode="bilinear", padding_mode="border", align_corners=False), flow


def _compose(
    warp: Tensor,  # [B, D, H, W, 3]
    positions: Tensor,  # [B, D, H, W, 3]
) -> Tensor:  # [B, D, H, W, 3]
    """Where `warp` sends positions: the warp read at them."""
    field = warp.permute(0, 4, 1, 2, 3)
    read = F.grid_sample(field, positions, mode="bilinear", padding_mode="border", align_corners=False)
    return read.permute(0, 2, 3, 4, 1)
