"""Modes of how face points move and differ, and their most probable values for points that were read. Not in the paper.

A face is `mean + sum_k a_k expression_k + sum_i b_i identity_i` in the canonical frame, each of a and b with unit
variance, seen by a weak-perspective camera that the head-pose network tells with a known uncertainty.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.networks.face_points import POINTS, SKIN_POINTS
from model.networks.pose import HeadPose

IDENTITY_MODES = 30
POSE_SPREAD = (0.07, 0.07, 0.07, 0.03, 0.03, 0.03)  # rad, half pictures, logarithm of scale: of the head-pose network
GAZE_VALUES = 2
IRISES = len(POINTS) - SKIN_POINTS
STEPS = 3  # of Gauss and Newton
HIDDEN_COSINE = 0.12  # of a point's normal and the view; below it a point is hidden or nearly so
HIDDEN_NOISE = 3.0  # times as uncertain as the others


@dataclass(frozen=True)
class FaceReading:
    """A face as it was read off a picture."""

    pose: HeadPose  # B poses, corrected by the points
    z: Tensor  # [B, z_dim]
    points: Tensor  # [B, SKIN_POINTS, 2] in the picture, in [-1, 1]
    canonical: Tensor  # [B, SKIN_POINTS, 3] these points in the canonical frame, with their expression


class FaceModes(nn.Module):
    """The modes as buffers: they are computed from geometry, not trained.

    Args:
        count: modes of expression.
    """

    mean: Tensor  # [N, 3]
    expression: Tensor  # [K, N, 3]
    identity: Tensor  # [I, N, 3]
    normals: Tensor  # [N, 3] of the mean face
    irises: Tensor  # [irises, 3] of the mean face
    noise: Tensor  # [N] standard deviation of a read point, in canonical units
    mix: Tensor  # [K + 2, K + I + 2 * irises] from a, b and where the irises are to modes and gaze

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        points = SKIN_POINTS
        features = count + IDENTITY_MODES + 2 * IRISES
        normals = torch.zeros(points, 3)
        normals[:, 2] = 1
        for name, value in (
            ("mean", torch.zeros(points, 3)),
            ("expression", torch.zeros(count, points, 3)),
            ("identity", torch.zeros(IDENTITY_MODES, points, 3)),
            ("normals", normals),
            ("noise", torch.full((points,), 0.01)),
            ("irises", torch.zeros(IRISES, 3)),
            ("mix", torch.zeros(count + GAZE_VALUES, features).fill_diagonal_(1)),
        ):
            self.register_buffer(name, value)

    def moved(
        self,
        canonical: Tensor,  # [B, N, 3]
        change: Tensor,  # [B, K] of modes
    ) -> Tensor:  # [B, N, 3]
        """Points with another expression."""
        return canonical + torch.einsum("bk,knc->bnc", change, self.expression)

    def facing(self, pose: HeadPose) -> Tensor:  # [B, N]
        """Cosine between each point's normal and the direction to the viewer, below 0 on the far side."""
        return pose.rotation[:, :, 2] @ self.normals.T

    def fit(
        self,
        points: Tensor,  # [B, N + irises, 2] in the picture
        pose: HeadPose,
    ) -> tuple[HeadPose, Tensor, Tensor]:
        """The most probable pose, the features of z `[B, K + I + 2 * irises]`, and canonical points `[B, N, 3]`.

        Bayes' rule with Gaussian priors of modes and pose and Gaussian noise of points, linearised three times.
        """
        kind = points.dtype
        points = points.double()
        modes = torch.cat([self.expression, self.identity]).double()
        mean, count = self.mean.double(), len(modes)
        rotation = pose.rotation.transpose(1, 2).double()  # canonical to picture
        scale = 1 / pose.scale.mean(dim=1).double()
        shift = -pose.translation[:, :2].double()
        spread = torch.tensor(POSE_SPREAD, dtype=torch.float64, device=points.device)
        precision = torch.cat([torch.ones(count, dtype=torch.float64, device=points.device), spread**-2])
        hidden = self.facing(pose) < HIDDEN_COSINE
        noise = self.noise.double() * torch.where(hidden, HIDDEN_NOISE, 1.0) * scale[:, None]
        theta = points.new_zeros(len(points), count + len(POSE_SPREAD))
        for _ in range(STEPS):
            shape = mean + torch.einsum("bk,knc->bnc", theta[:, :count], modes)
            view = scale[:, None, None] * rotation[:, :2]  # [B, 2, 3]
            seen = shape @ view.transpose(1, 2)
            rest = points[:, :SKIN_POINTS] - seen - shift[:, None]
            slope = torch.cat(
                [
                    torch.einsum("knc,bic->bnik", modes, view),
                    torch.einsum("bnjc,bic->bnij", _turned(shape), view),
                    torch.eye(2, dtype=torch.float64, device=points.device).expand(*seen.shape, 2),
                    seen[..., None],
                ],
                dim=-1,
            )  # [B, N, 2, K + I + 6]
            slope = (slope / noise[..., None, None]).flatten(1, 2)
            rest = (rest / noise[..., None]).flatten(1)
            left = slope.transpose(1, 2) @ slope + torch.diag(precision)
            right = (slope.transpose(1, 2) @ rest[..., None])[..., 0] - precision * theta
            step = torch.linalg.solve(left, right)
            theta = theta + step
            turn, move, grow = step[:, count:].split((3, 2, 1), dim=1)
            rotation = rotation @ _rotation(turn)
            shift, scale = shift + move, scale * grow[:, 0].exp()
        depth = (mean[:, 2] + torch.einsum("bk,kn->bn", theta[:, :count], modes[..., 2]))[..., None]
        flat = (points - shift[:, None]) / scale[:, None, None]
        canonical = _unproject(flat[:, :SKIN_POINTS], rotation, depth)
        irises = self.irises.double()
        # An iris turns with the eye behind the lids: what is left of it beside the mean face tells where it looks.
        looks = _unproject(flat[:, SKIN_POINTS:], rotation, irises[:, 2:].expand(len(flat), -1, 1))[..., :2]
        features = torch.cat([theta[:, :count], (looks - irises[:, :2]).flatten(1)], dim=1)
        read = HeadPose(
            (1 / scale)[:, None].expand(-1, 3).to(kind), rotation.transpose(1, 2).to(kind),
            -torch.cat([shift, torch.zeros_like(shift[:, :1])], dim=1).to(kind),
        )  # fmt: skip
        return read, features.to(kind), canonical.to(kind)


def project(
    canonical: Tensor,  # [B, N, 3]
    pose: HeadPose,
) -> Tensor:  # [B, N, 2]
    """Where the picture shows canonical points."""
    inverse = pose.theta_inverse()[:, :2]
    return canonical @ inverse[:, :, :3].transpose(1, 2) + inverse[:, None, :, 3]


def _unproject(flat: Tensor, rotation: Tensor, depth: Tensor) -> Tensor:  # [B, N, 2], [B, 3, 3], [B, N, 1] -> [B, N, 3]
    beside = flat - depth * rotation[:, None, :2, 2]
    plane = torch.linalg.solve(rotation[:, :2, :2], beside.transpose(1, 2)).transpose(1, 2)
    return torch.cat([plane, depth], dim=-1)


def _turned(shape: Tensor) -> Tensor:  # [B, N, 3] -> [B, N, 3 (axis), 3]: e_j x p
    x, y, z = shape.unbind(-1)
    zero = torch.zeros_like(x)
    rows = [torch.stack(row, dim=-1) for row in ((zero, -z, y), (z, zero, -x), (-y, x, zero))]
    return torch.stack(rows, dim=-2)


def _rotation(turn: Tensor) -> Tensor:  # [B, 3] -> [B, 3, 3]
    zero = torch.zeros_like(turn[:, 0])
    x, y, z = turn.unbind(-1)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).view(-1, 3, 3)
    return torch.linalg.matrix_exp(cross)
