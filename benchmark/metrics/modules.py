"""Metrics as `torchmetrics.Metric` classes, for training loops on one or several devices; shards merge exactly."""

from __future__ import annotations

from benchmark.metrics.modules_core import (
    AucZ,
    ExpressionError,
    ExpressionTransfer,
    FrechetDistance,
    IdentityCosine,
    PoseError,
    PoseTransfer,
)
from benchmark.metrics.modules_distributions import (
    FrechetDistanceInfinity,
    KernelDistance,
    KernelDistanceSubsets,
    PrecisionRecall,
)
from benchmark.metrics.modules_expression import Asymmetry, Intensity, TongueF1, TongueTransfer, WinkF1
from benchmark.metrics.modules_faces import ExpressionDistance, GazeError, KeypointDistance, LandmarkError, PoseDistance
from benchmark.metrics.modules_images import L1, LpipsDistance, Psnr, Ssim
from benchmark.metrics.modules_sync import SyncConfidence, SyncDistance, SyncOffset

__all__ = [
    "Asymmetry",
    "AucZ",
    "ExpressionDistance",
    "ExpressionError",
    "ExpressionTransfer",
    "FrechetDistance",
    "FrechetDistanceInfinity",
    "GazeError",
    "IdentityCosine",
    "Intensity",
    "KernelDistance",
    "KernelDistanceSubsets",
    "KeypointDistance",
    "L1",
    "LandmarkError",
    "LpipsDistance",
    "PoseDistance",
    "PoseError",
    "PoseTransfer",
    "PrecisionRecall",
    "Psnr",
    "Ssim",
    "SyncConfidence",
    "SyncDistance",
    "SyncOffset",
    "TongueF1",
    "TongueTransfer",
    "WinkF1",
]
