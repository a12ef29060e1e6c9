"""Moving a feature volume: grids, sampling, rigid warps from a pose, and generated expression warps.

A warp is `[B, D, H, W, 3]` with last axis (x, y, z) in [-1, 1]: for each output cell, where to read the input volume.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.config import ModelConfig
from model.networks.layers import ResBlock3d, average_pool_3d
from model.networks.normalisation import GroupNorm
from model.networks.shapes import builds_without_numbers


def identity_grid(depth: int, height: int, width: int, corner: bool) -> Tensor:  # [D, H, W, 3]
    """Cell positions; `corner` spreads them to +-1 exactly (as published), otherwise they are the cell centres."""

    if builds_without_numbers():
        return torch.empty(depth, height, width, 3)

    def axis(count: int) -> Tensor:
        reach = 1.0 if corner else 1.0 - 1.0 / count
        return torch.linspace(-reach, reach, count)

    z, y, x = torch.meshgrid(axis(depth), axis(height), axis(width), indexing="ij")
    return torch.stack([x, y, z], dim=-1)


def sample_volume(
    volume: Tensor,  # [B, C, D, H, W]
    warp: Tensor,  # [B, D, H, W, 3]
) -> Tensor:  # [B, C, D, H, W]
    """Read `volume` at `warp`: trilinear, zeros outside, cell-centred coordinates; in the warp's precision."""
    sampled = F.grid_sample(volume.to(warp.dtype), warp, mode="bilinear", padding_mode="zeros", align_corners=False)
    return sampled.to(volume.dtype)


def rigid_warp(
    grid: Tensor,  # [D, H, W, 3], or [B, D, H, W, 3]: one for each matrix
    matrix: Tensor,  # [B, 4, 4]
) -> Tensor:  # [B, D, H, W, 3]
    """Apply a 4x4 matrix to every position of a grid."""
    grids = grid[None] if grid.dim() == 4 else grid
    points = grids.flatten(1, 3) @ matrix[:, :3, :3].transpose(1, 2) + matrix[:, None, :3, 3]
    return points.unflatten(1, grids.shape[1:4])


class EmbeddingMixer(nn.Module):
    """z and e_s to the embedding that steers a warping generator: `[B, embed_channels, embed_size ** 2]`."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.shape = (config.embed_channels, config.embed_size, config.embed_size)
        self.unsqueeze = nn.Linear(config.z_dim, config.embed_channels * config.embed_size**2, bias=False)
        with torch.no_grad():
            # As initialised, z would be a few percent of what e_s contributes, and expression would be learnt last.
            self.unsqueeze.weight.mul_(15.0)
        self.mix = nn.Conv2d(config.embed_channels, config.embed_channels, 1, bias=False)

    def forward(
        self,
        z: Tensor,  # [B, z_dim]
        identity: Tensor,  # e_s: [B, embed_channels, embed_size, embed_size]
    ) -> Tensor:
        return self.mix((self.unsqueeze(z).unflatten(1, self.shape) + identity) * 0.5).flatten(2)


class WarpBasis(nn.Module):
    """Displacement fields in the canonical frame, mixed linearly by z: learned blendshapes. Not in the paper."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        side, depth = config.volume_size, config.volume_depth
        self.gain = 5.0  # z is small, and fields of the size of an opening jaw have to be reached in few steps
        self.mix = nn.Linear(config.z_dim, config.warp_basis, bias=False)
        self.fields = nn.Parameter(torch.zeros(config.warp_basis, depth, side, side, 3))

    def forward(self, z: Tensor) -> Tensor:  # [B, z_dim] -> [B, D, V, V, 3]
        return torch.einsum("bk,kdhwc->bdhwc", self.gain * self.mix(z), self.fields)


class WarpGenerator(nn.Module):
    """Embedding to expression warp w: an identity grid plus offsets in (-1, 1) from a small 3-D decoder."""

    grid: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = (config.embed_channels, *config.warp_channels)
        embed = (config.embed_channels, config.embed_size**2)
        self.embed_size, self.depth = config.embed_size, config.volume_depth
        self.inner_depth = config.volume_depth * config.depth_factor
        self.first_conv = nn.Conv2d(config.embed_channels, config.embed_channels * config.embed_size, 1, bias=False)
        self.blocks = nn.ModuleList(ResBlock3d(a, b, config.norm_groups, embed) for a, b in pairwise(widths))
        self.norm = GroupNorm(config.norm_groups, widths[-1])
        self.head = nn.Conv3d(widths[-1], 3, 3, padding=1)
        with torch.no_grad():
            for parameter in self.head.parameters():
                parameter.mul_(0.05)  # start near the identity warp
        grid = identity_grid(config.volume_depth, config.volume_size, config.volume_size, config.corner_grids)
        self.register_buffer("grid", grid, persistent=False)

    def forward(self, embedding: Tensor) -> Tensor:  # [B, E, P] -> [B, D, V, V, 3]
        side = self.embed_size
        x = self.first_conv(embedding.unflatten(2, (side, side)))
        x = x.unflatten(1, (-1, side))  # channel-major: [B, E, side (depth), side, side]
        for block in self.blocks:
            deepen = 2.0 if x.shape[2] < self.inner_depth else 1.0
            x = F.interpolate(x, scale_factor=(deepen, 2.0, 2.0), mode="trilinear", align_corners=False)
            x = block(x, embedding)
        if x.shape[2] != self.depth:
            x = average_pool_3d(x, (x.shape[2] // self.depth, 1, 1))
        offsets = torch.tanh(self.head(self.norm(x, relu=True, inplace=True)))
        return self.grid + offsets.permute(0, 2, 3, 4, 1).to(self.grid.dtype)
