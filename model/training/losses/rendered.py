"""Losses against exact truth, which only rendered pictures have: poses, controls, landmarks, warps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional as F

from model.networks.pose import HeadPose
from model.networks.resizing import doubled, doubled_adjoint, halved


def pyramid_l1(
    prediction: Tensor,  # [B, 3, S, S]
    target: Tensor,  # [B, 3, S, S]
    weight: Tensor,  # [B, 1, S, S]
    levels: int = 4,
) -> Tensor:
    """Weighted L1 of the Laplacian pyramid, finer bands counting more than their energy.

    Stands in for the perceptual losses of the paper where no ImageNet network is at hand: plain L1 alone lets the
    fine bands, which carry lids, lips and teeth, drown in the coarse ones.
    """
    total: Tensor = _Pyramid.apply(prediction - target, weight, levels)
    return total


class _Pyramid(torch.autograd.Function):
    """The loss of a difference: the difference of two Laplacian bands is the band of the difference.

    Its gradient by a band is known as soon as the band is; it is kept instead of what autograd would keep.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, difference: Tensor, weight: Tensor, levels: int) -> Tensor:
        total, by_band = difference.new_zeros(()), []
        for level in range(levels):
            band = small = difference
            if level < levels - 1:
                small = halved(difference)
                enlarged = doubled(small)
                band = torch.sub(difference, enlarged, out=enlarged)
            by_band.append(band.sign().mul_(weight).div_(band.numel()))
            total = total + (by_band[-1] * band).sum()
            if level < levels - 1:
                difference, weight = small, halved(weight)
        ctx.save_for_backward(*by_band)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        *finer, by_difference = ctx.saved_tensors
        for by_band in reversed(finer):
            by_small = (by_difference - doubled_adjoint(by_band)).mul_(0.25)
            cells = by_band.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))  # [B, 3, H, 2, W, 2]
            by_difference = (cells + by_small[:, :, :, None, :, None]).view_as(by_band)
        return by_difference * gradient, None, None


def pose_loss(prediction: HeadPose, truth: HeadPose) -> Tensor:
    """Squared error of rotation matrices, translation and scale."""
    return (
        (prediction.rotation - truth.rotation).square().sum(dim=(1, 2)).mean()
        + 4.0 * (prediction.translation - truth.translation)[:, :2].square().sum(dim=1).mean()
        + (prediction.scale - truth.scale).square().mean()
    )


def control_loss(prediction: Tensor, truth: Tensor) -> Tensor:  # [B, E] each
    """Mean squared error of expression controls (unit variance each) read linearly from z: 1 - R^2."""
    return F.mse_loss(prediction, truth)


def landmark_loss(
    prediction: Tensor,  # [B, 136]
    truth: Tensor,  # [B, 68, 2]
) -> Tensor:
    """Mean absolute error of aligned landmarks in canonical units: denser than the controls, most of which are rare."""
    return (prediction.view_as(truth) - truth).abs().mean()


def flow_loss(
    flow: Tensor,  # [B, S, S, 2], where each output pixel reads the source
    target: Tensor,  # [B, 68, 2] landmarks of the target
    source: Tensor,  # [B, 68, 2] the same landmarks in the source
) -> Tensor:
    """Mean distance between where the flow reads a landmark and where the source has it, in half pictures.

    Mouth and eyes (landmarks 36 to 67) count double: there are more of them, and they are what expressions move.
    """
    grid = target.unsqueeze(2)
    read = F.grid_sample(flow.permute(0, 3, 1, 2), grid, mode="bilinear", padding_mode="border", align_corners=False)
    distance = (read.squeeze(-1).transpose(1, 2) - source).abs().sum(dim=-1)  # [B, 68]
    return (distance[:, :36].sum() + 2.0 * distance[:, 36:].sum()) / distance.numel()


def mode_loss(
    prediction: Tensor,  # [B, M]
    truth: Tensor,  # [B, M], unit variance
    weight: Tensor,  # [M], sums to 1
) -> Tensor:
    """Weighted squared error of the principal components of face motion: 1 for knowing nothing."""
    return ((prediction - truth).square() * weight).sum(dim=1).mean()


def warp_loss(
    warp: Tensor,  # [B, D, V, V, 3]
    at: Tensor,  # [B, P, 3] where the face points are after the warp
    origin: Tensor,  # [B, P, 3] where they were: what the warp should read there
    weight: Tensor,  # [P]
) -> Tensor:
    """Weighted mean distance, in canonical units, between where a warp reads at face points and where it should.

    The geometry of the paper's warps taught directly: pictures alone teach it through two samplings and a decoder.
    """
    read = F.grid_sample(
        warp.permute(0, 4, 1, 2, 3), at[:, :, None, None], mode="bilinear", padding_mode="border", align_corners=False
    )  # [B, 3, P, 1, 1]
    return ((read[..., 0, 0].transpose(1, 2) - origin).norm(dim=-1) * weight).mean()


def rotation_error_deg(prediction: HeadPose, truth: HeadPose) -> Tensor:  # [B]
    """Geodesic angle between predicted and true head rotations."""
    trace = (prediction.rotation * truth.rotation).sum(dim=(1, 2))
    return torch.rad2deg(torch.arccos(((trace - 1) / 2).clamp(-1, 1)))
