"""Thin-plate splines in the plane (Bookstein 1989): smooth fields through given points."""

from __future__ import annotations

import torch
from torch import Tensor

SMOOTHNESS = 3e-4
"""How far a field may miss a point: without it fields tear where points nearly meet, with three times as much lids
stay open."""
BLOCK = 512  # cells whose kernel fits into a core's cache: all at once wait for memory, six times as long
_NEAR = 1e-9  # beside squares of distances, whose logarithm is taken


def thin_plate(
    at: Tensor,  # [B, N, 2] x and y
    values: Tensor,  # [B, N, C]
    slack: Tensor,  # [B, N]: `SMOOTHNESS`, or more for points that count less
    columns: Tensor,  # [X] of a grid
    rows: Tensor,  # [Y]
) -> Tensor:  # [B, Y, X, C]
    """The smoothest field that has about the given values at the points, read on a grid."""
    count = at.shape[1]
    plane = torch.cat([torch.ones_like(at[..., :1]), at], dim=-1)
    system = at.new_zeros(len(at), count + 3, count + 3)
    system[:, :count, :count] = 0.5 * _twice_kernel(*(_squares(at[..., axis], at[..., axis]) for axis in (0, 1)))
    system[:, :count, :count] += torch.diag_embed(slack)
    system[:, :count, count:], system[:, count:, :count] = plane, plane.transpose(1, 2)
    right = torch.cat([values, values.new_zeros(len(at), 3, values.shape[2])], dim=1)
    # The system is badly conditioned where points nearly meet.
    weights = torch.linalg.solve(system.double(), right.double()).to(values.dtype)
    fields = [_read(columns, rows, *one) for one in zip(at, *weights.split((count, 3), dim=1), strict=True)]
    return torch.stack(fields)


def _read(
    columns: Tensor,  # [X]
    rows: Tensor,  # [Y]
    at: Tensor,  # [N, 2]
    bent: Tensor,  # [N, C]
    flat: Tensor,  # [3, C]
) -> Tensor:  # [Y, X, C]
    # A cell's distance to a point is that of its column and that of its row: the kernel is one sum and a logarithm.
    across, down = _squares(columns, at[:, 0]), _squares(rows, at[:, 1])
    plane = flat[0] + columns[:, None] * flat[1]  # [X, C]
    block = max(1, BLOCK // len(columns)) if columns.device.type == "cpu" else len(rows)
    parts = []
    for y, squares in zip(rows.split(block), down.split(block), strict=True):
        kernel = _twice_kernel(across, squares[:, None])  # [y, X, N]
        parts.append(plane + y[:, None, None] * flat[2] + kernel @ (0.5 * bent))
    return torch.cat(parts)


def _squares(a: Tensor, b: Tensor) -> Tensor:  # [..., N], [..., M] -> [..., N, M]
    return (a[..., :, None] - b[..., None, :]).square()


def _twice_kernel(across: Tensor, down: Tensor) -> Tensor:  # r^2 log r^2 where r^2 is the sum of both
    square = (across + _NEAR) + down
    return square * square.log()
