"""Thin-plate splines in the plane (Bookstein 1989): smooth fields through given points."""

from __future__ import annotations

import torch
from torch import Tensor

SMOOTHNESS = 3e-4
"""How far a field may miss a point: without it fields tear where points nearly meet, with three times as much lids
stay open."""
BLOCK = 1024  # cells whose kernel fits into a core's cache: all at once wait for memory, six times as long


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
    block = BLOCK if cells.device.type == "cpu" else len(cells)
    fields = [
        torch.cat([_read(part, *one) for part in cells.split(block)])
        for one in zip(at, weights.split((count, 3), dim=1)[0], weights[:, count:], strict=True)
    ]
    return torch.stack(fields)


def _read(cells: Tensor, at: Tensor, bent: Tensor, flat: Tensor) -> Tensor:  # [Q, 2], [N, 2], [N, C], [3, C] -> [Q, C]
    plane = torch.cat([torch.ones_like(cells[:, :1]), cells], dim=-1) @ flat
    return torch.addmm(plane, _kernel(cells, at), bent)


def _kernel(a: Tensor, b: Tensor) -> Tensor:  # [..., N, 2], [..., M, 2] -> [..., N, M] r^2 log r
    square = (a[..., :, None, 0] - b[..., None, :, 0]).square() + (a[..., :, None, 1] - b[..., None, :, 1]).square()
    return square * torch.log(square + 1e-9) * 0.5
