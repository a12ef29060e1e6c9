"""Procedural tongue: out through the lip opening, then bent about the point where it crosses the lips.

The `tongueOut` blendshape alone moves the tongue 2.8 mm and on some faces through the chin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.rig.assets import HeadAssets
from feed_dataset.synthetic.scene.types import TongueBend

_REACH_DM = 0.32  # tip beyond the lips at protrude = 1
_LIP_CENTRE_DM = (0.0, 6.70, 1.50)  # in the template; upper and lower inner lip touch here
_CROSSING_VERTICES = 24
_MIN_THICKNESS = 0.55


@dataclass(frozen=True)
class LipVertices:
    """The base vertices in the middle of the upper and lower inner lip."""

    upper: int
    lower: int

    @classmethod
    def of(cls, assets: HeadAssets) -> LipVertices:
        """Both lips coincide in the template, so they are told apart by how far jawOpen lowers them."""
        body = assets.group_vertices("body")
        opened = np.zeros_like(assets.vertices)
        assets.add_target(opened, "fu/jawOpen", 1.0)
        drop = -opened[body, 1]
        distance2 = ((assets.vertices[body] - np.array(_LIP_CENTRE_DM)) ** 2).sum(1)

        def nearest(allowed: np.ndarray) -> int:
            return int(body[np.argmin(distance2 + 9.0 * ~allowed)])

        return cls(nearest(drop < 0.04), nearest(drop > 0.2))


def _rotate(points: np.ndarray, first: int, second: int, angle: np.ndarray) -> None:
    """Turn coordinates (first, second) of points [N, 3] by one angle each, in place."""
    cosine, sine = np.cos(angle), np.sin(angle)
    a, b = points[:, first].copy(), points[:, second].copy()
    points[:, first], points[:, second] = cosine * a - sine * b, sine * a + cosine * b


def bend_tongue(
    tongue: np.ndarray,  # float32 [N, 3], after the blendshapes
    rest: np.ndarray,  # float32 [N, 3], neutral
    upper_lip: np.ndarray,  # [3]
    lower_lip: np.ndarray,  # [3]
    bend: TongueBend,
) -> np.ndarray:
    """Tongue vertices float32 [N, 3] moved through the lips and bent."""
    points = tongue.copy()
    along = (rest[:, 2] - rest[:, 2].min()) / np.ptp(rest[:, 2])  # 0 root .. 1 tip
    freedom = np.clip((along - 0.15) / 0.85, 0, 1)
    if bend.protrude:
        lip_z = 0.5 * (upper_lip[2] + lower_lip[2])
        _push_out(points, freedom, bend.protrude, lip_z, upper_lip, lower_lip)
        pivot = np.array([0, lower_lip[1] + 0.03, lip_z])
    else:
        pivot = points[along < 0.35].mean(0)
    relative = points - pivot
    outside = np.clip(relative[:, 2] / max(relative[:, 2].max(), 1e-3), 0, 1) ** 0.8
    _rotate(relative, 2, 0, np.radians(bend.yaw_deg) * outside)
    _rotate(relative, 1, 2, np.radians(-bend.pitch_deg) * outside)
    _rotate(relative, 0, 1, np.radians(bend.roll_deg) * outside)
    relative[:, 0] *= 1 + bend.widen * outside
    return (relative + pivot).astype(np.float32)


def _push_out(
    points: np.ndarray,
    freedom: np.ndarray,
    protrude: float,
    lip_z: float,
    upper_lip: np.ndarray,
    lower_lip: np.ndarray,
) -> None:
    """Slide the tongue out, rest its underside on the lower lip and thin it to the lip opening; in place."""
    amount = np.clip(protrude, 0, 1)
    points[:, 2] += max(lip_z + _REACH_DM * protrude - points[:, 2].max(), 0) * freedom
    distance = np.abs(points[:, 2] - lip_z)
    crossing = np.argsort(distance, kind="stable")[:_CROSSING_VERTICES]  # twins tie: any other sort lets the CPU choose
    lift = (lower_lip[1] + 0.012) - np.percentile(points[crossing, 1], 10)
    points[:, 1] += lift * amount * np.clip(freedom / max(freedom[crossing].mean(), 0.05), 0, 1)

    opening = 0.9 * max(upper_lip[1] - lower_lip[1], 0.05)
    thickness = np.ptp(points[crossing, 1]) + 1e-6
    if thickness > opening:
        thinning = (1 - max(opening / thickness, _MIN_THICKNESS)) * amount
        middle = points[crossing, 1].mean()
        thinner = middle + (points[:, 1] - middle) * (1 - thinning * np.clip((freedom - 0.3) / 0.3, 0, 1))
        points[:, 1] = np.where(freedom > 0.3, thinner, points[:, 1])
