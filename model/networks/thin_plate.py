"""Thin-plate splines in the plane (Bookstein 1989): smooth fields through given points."""

from __future__ import annotations

import torch
from torch import Tensor

SMOOTHNESS = 1e-3
"""How far a field may miss a point: fields without it tear where points nearly meet."""


def thin_plate(
    at: Tensor,  # [B, N, 2]
    values: Tensor,  # [B, N, C]
    slack: Tensor,  # [B, N]: `SMOOTHNESS`, or more for points that count less
    cells: Tensor,  # [Q, 2]
) -> Tensor:  # [B, Q, C]
    """The smoothest field that has about the given values at the points, read at other places."""
    count = at.shape[1]
    plane = torch.cat([torch.ones_like(at[..., :1]), at], dim=-1)
    system = at.new_zeros(len(at), count + 3, count + 3)
    system[:, :count, :count] = _kernel(at, at) + torch.diag_embed(slack)
    system[:, :count, count:], system[:, count:, :count] = plane, plane.transpose(1, 2)
    right = torch.cat([values, values.new_zeros(len(at), 3, values.shape[2])], dim=1)
    # The system is badly conditioned where points nearly meet.
    weights = torch.linalg.solve(system.double(), right.double()).to(values.dtype)
    cells = cells.expand(len(at), -1, -1)
    flat = torch.cat([torch.ones_like(cells[..., :1]), cells], dim=-1) @ weights[:, count:]
    return torch.baddbmm(flat, _kernel(cells, at), weights[:, :count])


def _kernel(a: Tensor, b: Tensor) -> Tensor:  # [B, N, 2], [B, M, 2] -> [B, N, M] r^2 log r
    square = (a[:, :, None, 0] - b[:, None, :, 0]) ** 2 + (a[:, :, None, 1] - b[:, None, :, 1]) ** 2
    return square * torch.log(square + 1e-9) * 0.5
