"""Pairs that bring every label, and recipes on a tiny model with random loss networks of a few channels."""

from __future__ import annotations

import numpy as np
import torch

from model.networks.pose import HeadPose, rotation_from_angles
from model.training.pairs import FramePair

SIDE = 32


class Corpus:
    """People of one colour each; everything else is random."""

    gives = frozenset({"pose", "landmarks", "eyes", "mouth", "ears"})

    def __init__(self, name: str, people: int = 12) -> None:
        self.name, self.people = name, people

    def draw(self, rng: np.random.Generator) -> FramePair:
        person = int(rng.integers(self.people))

        def pictures() -> torch.Tensor:
            colour = np.random.default_rng(person).random((3, 1, 1))
            return torch.from_numpy(np.clip(colour + 0.1 * rng.standard_normal((3, SIDE, SIDE)), 0, 1)).float()

        def pose() -> HeadPose:
            angles = torch.from_numpy(0.2 * rng.standard_normal((1, 3))).float()
            return HeadPose(torch.ones(1, 3), rotation_from_angles(angles), torch.zeros(1, 3))

        landmarks = torch.from_numpy(rng.uniform(-0.5, 0.5, (68, 2))).float()
        parts = torch.from_numpy(rng.random((3, SIDE, SIDE))).float()
        return FramePair(f"{self.name}/{person}", pictures(), pictures(), pose(), pose(), landmarks, parts)
