"""Corpora of pairs: rendered people, and videos below a data directory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from feed_dataset.pairs.pairs import FeedPairs
from model.networks.errors import ModelError
from model.training.data import TrainingSet
from model.training.pairs import FramePair

_EYES = (tuple(range(36, 42)), tuple(range(42, 48)))  # of 68 landmarks
_MOUTH = tuple(range(48, 60))


class RenderedCorpus:
    """Two states of one rendered person, with true head poses, landmarks, and masks of eyes and mouth made of them.

    Args:
        data: rendered set.
        people: of the set; None: all.
        name: as it stands in the card.
    """

    gives = frozenset({"pose", "landmarks", "eyes", "mouth"})

    def __init__(self, data: TrainingSet, people: Sequence[int] | None = None, *, name: str) -> None:
        self.data, self.name = data, name
        self.people = np.arange(data.identities) if people is None else np.asarray(people)
        if data.states < 2 or not len(self.people):
            raise ModelError(
                f"expected people in at least 2 states for pairs but got {len(self.people)} x {data.states}"
            )

    def draw(self, rng: np.random.Generator) -> FramePair:
        """A random person in two different states."""
        person = int(rng.choice(self.people))
        states = rng.choice(self.data.states, 2, replace=False)
        index = np.array([person, person]), states
        pictures, poses = self.data.pictures(index), self.data.poses(index)
        landmarks = torch.from_numpy(self.data.landmarks68[person, states[1]]).float()
        return FramePair(
            f"{self.name}/{person}", pictures[0], pictures[1], poses[:1], poses[1:], landmarks,
            landmark_parts(landmarks, pictures.shape[-1]),
        )  # fmt: skip


def landmark_parts(
    landmarks: torch.Tensor,  # [68, 2] in [-1, 1]
    size_px: int,
) -> torch.Tensor:  # [3, S, S] in {0, 1}: eyes, mouth, and nothing for the ears, which 68 landmarks do not have
    """Masks of the outlines of eyes and mouth."""
    import cv2

    masks = np.zeros((3, size_px, size_px), np.uint8)
    points = ((landmarks.numpy() + 1) / 2 * size_px).astype(np.int32)
    for part, outlines in enumerate((_EYES, (_MOUTH,))):
        for outline in outlines:
            cv2.fillPoly(masks[part], [points[list(outline)]], 1)
    return torch.from_numpy(masks).float()


class VideoCorpus:
    """Two frames of one clip of one camera (`feed_dataset.pairs`); no head poses, landmarks or masks."""

    gives: frozenset[str] = frozenset()

    def __init__(self, pairs: FeedPairs, *, name: str) -> None:
        self.pairs, self.name = pairs, name

    def draw(self, rng: np.random.Generator) -> FramePair:
        sample = self.pairs[int(rng.integers(len(self.pairs)))]
        source, driver = (sample[key].float().div(255) for key in ("source", "driver"))
        return FramePair(f"{self.name}/{sample['subject']}", source, driver)
