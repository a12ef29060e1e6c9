"""Errors of landmarks, keypoints, expression, pose and gaze as `torchmetrics.Metric` classes.

Each is the mean of per-frame values over the functions that the benchmark's own metrics use.
"""

from __future__ import annotations

from typing import Any, Literal

from torch import Tensor

from benchmark.metrics import gaze, self_motion, speech_mesh
from benchmark.metrics.landmark_sets import LANDMARK_SETS
from benchmark.metrics.modules_core import _array, _Mean


class LandmarkError(_Mean):
    """M_P, M_V, F_P or F_V of clips by any detector: one clip per update.

    Args:
        landmarks: "mesh468", "mesh478" or "landmarks68".
        region: the lips or the whole face.
        quantity: position, or change from frame to frame.
    """

    def __init__(
        self,
        landmarks: str,
        region: Literal["mouth", "face"],
        quantity: Literal["position", "velocity"],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if landmarks not in LANDMARK_SETS:
            raise ValueError(f"expected landmarks among {', '.join(LANDMARK_SETS)} but got {landmarks!r}")
        self._set = LANDMARK_SETS[landmarks]
        self._points = {"mouth": self._set.mouth, "face": self._set.face}[region]
        errors = {"position": speech_mesh.position_errors, "velocity": speech_mesh.velocity_errors}
        self._errors = errors[quantity]

    def update(
        self,
        output: Tensor,  # [T, N, 3] landmarks, px
        reference: Tensor,  # [T, N, 3]
    ) -> None:
        made = speech_mesh.normalise_to_mouth(_array(output), self._set)
        truth = speech_mesh.normalise_to_mouth(_array(reference), self._set)
        self._add_values(self._errors(made, truth, self._points))


class KeypointDistance(_Mean):
    """AKD: mean absolute difference of x and y, in pixels of frames 256 px high.

    Args:
        frame_height_px: height of the frames that the keypoints come from.
    """

    def __init__(self, frame_height_px: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if frame_height_px < 1:
            raise ValueError(f"expected a height of at least 1 px but got {frame_height_px}")
        self._scale = self_motion.AKD_FRAME_PX / frame_height_px

    def update(
        self,
        output: Tensor,  # [B, N, 2 or 3] keypoints, px
        reference: Tensor,  # [B, N, 2 or 3]
    ) -> None:
        self._add_values(self._scale * self_motion.keypoint_distances(_array(output), _array(reference)))


class ExpressionDistance(_Mean):
    """AED: mean absolute difference of 51 blendshape coefficients."""

    def update(
        self,
        output: Tensor,  # [B, 52] coefficients, the first "neutral"
        driver: Tensor,  # [B, 52]
    ) -> None:
        self._add_values(self_motion.expression_distances(_array(output), _array(driver)))


class PoseDistance(_Mean):
    """APD: mean absolute difference of yaw, pitch and roll, degrees."""

    def update(
        self,
        output: Tensor,  # [B, 3, 3] rotations
        driver: Tensor,  # [B, 3, 3]
    ) -> None:
        self._add_values(self_motion.pose_distances_deg(_array(output), _array(driver)))


class GazeError(_Mean):
    """Mean angle between gaze directions (`benchmark.metrics.gaze.gaze_directions`), degrees."""

    def update(
        self,
        output: Tensor,  # [B, 3] unit vectors
        driver: Tensor,  # [B, 3]
    ) -> None:
        self._add_values(gaze.angle_deg(_array(output), _array(driver)))
