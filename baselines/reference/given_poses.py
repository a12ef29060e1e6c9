"""Head rotations as protocols give them, in a model that reads face points."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from model.avatar.motion import Motion

_FLIP = np.array([1.0, -1.0, 1.0])
"""Camera axes (y up) to those of a picture (y down), and back."""


def to_canonical(
    pose: np.ndarray,  # float [T, 3, 3] head to camera, y up
) -> np.ndarray:  # float [T, 3, 3] picture to canonical, y down
    """The model's heads have the axes of the template face, by which protocols measure poses."""
    turned: np.ndarray = pose.transpose(0, 2, 1) * _FLIP * _FLIP[:, None]
    return turned


def with_rotation(
    motion: Motion,
    rotation: np.ndarray,  # float [T, 3, 3] picture to canonical
) -> Motion:
    """The motion with the head turned as said."""
    import torch

    turned = torch.from_numpy(np.ascontiguousarray(rotation)).to(motion.pose.rotation)
    return replace(motion, pose=replace(motion.pose, rotation=turned))
