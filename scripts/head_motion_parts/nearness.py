"""How near a head motion is to a true one in how fast and how often it moves, whenever that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import wasserstein_distance, wilcoxon
from torch import Tensor

from benchmark.metrics.head_signal import RATE_HZ, band_speeds_deg_s, spectrum_distance
from feed_dataset.core.faces.geometry import euler_deg, rotation_from_euler_deg
from model.speech.head_motion.rotation import ROTATION, TRANSLATION, angular_speeds_deg_s, rotation_6d, to_rotation

MEASURES = ("spectrum", "velocity")


@dataclass(frozen=True)
class Nearness:
    """Distances of one motion from one true clip; 0 is equal.

    Attributes:
        spectrum: mean number of doublings between the speeds in four octaves, as the metric head_spectrum has it.
        velocity: Wasserstein distance between the distributions of angular speed, degrees per second.
    """

    spectrum: float
    velocity: float


def turning_deg(track: Tensor) -> np.ndarray:  # [T, 9] -> [T, 3]
    """Yaw, pitch and roll."""
    angles: np.ndarray = np.unwrap(euler_deg(to_rotation(track[:, ROTATION]).mT.numpy()), axis=0, period=360.0)
    return angles


def nearness(made: Tensor, truth: Tensor) -> Nearness:  # [T, 9] each, 25 frames a second
    """Raises ValueError for lengths that differ."""
    if made.shape != truth.shape:
        raise ValueError(f"expected motions of one length but got {list(made.shape)} and {list(truth.shape)}")
    spectra = [band_speeds_deg_s(turning_deg(track)) for track in (made, truth)]
    speeds = [angular_speeds_deg_s(track, RATE_HZ).numpy() for track in (made, truth)]
    return Nearness(spectrum_distance(*spectra), float(wasserstein_distance(*speeds)))


def constant(track: Tensor) -> Tensor:  # [T, 9] -> [T, 9]
    """A head that holds its first pose."""
    return track[:1].expand_as(track)


@dataclass(frozen=True)
class RandomWalk:
    """Steps as large as those of training clips: with the true mean square speed, and nothing else.

    Attributes:
        angle_deg: root mean square of a step of yaw, pitch and roll.
        moved: of a step of each translation.
    """

    angle_deg: np.ndarray  # [3]
    moved: np.ndarray  # [3]

    @classmethod
    def of(cls, tracks: Sequence[Tensor]) -> RandomWalk:
        turned = np.concatenate([np.diff(turning_deg(track), axis=0) for track in tracks])
        moved = np.concatenate([np.diff(track[:, TRANSLATION].numpy(), axis=0) for track in tracks])
        return cls(np.sqrt(np.square(turned).mean(axis=0)), np.sqrt(np.square(moved).mean(axis=0)))

    def track(self, frames: int, seed: int) -> Tensor:  # [T, 9]
        steps = np.random.default_rng(seed).standard_normal((2, frames, 3)).cumsum(axis=1)
        rotation = torch.from_numpy(rotation_from_euler_deg(steps[0] * self.angle_deg)).mT
        return torch.cat([rotation_6d(rotation), torch.from_numpy(steps[1] * self.moved)], dim=1).float()


Motion = Callable[[int], Tensor]
"""Number of a clip to a motion of its length `[T, 9]`."""


def compared(rows: dict[str, Motion], truths: Sequence[Tensor]) -> dict[str, list[Nearness]]:
    """Every row's distance from every true clip."""
    return {name: [nearness(make(n), truth) for n, truth in enumerate(truths)] for name, make in rows.items()}


def p_nearer(ours: Sequence[Nearness], others: Sequence[Nearness], measure: str) -> float:
    """Of a one-sided Wilcoxon test over clips: how likely such pairs are where ours is not nearer."""
    pairs = [[getattr(one, measure) for one in row] for row in (ours, others)]
    return float(wilcoxon(*pairs, alternative="less").pvalue)
