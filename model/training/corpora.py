"""Corpora of pairs: rendered people, and videos below a data directory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.npz import open_npz
from feed_dataset.pairs.pairs import FeedPairs
from feed_dataset.prepare.prepared import PreparedSet
from model.networks.errors import ModelError
from model.training.data import TrainingSet
from model.training.pairs import FramePair

_EYES = (tuple(range(36, 42)), tuple(range(42, 48)))  # of 68 landmarks
_MOUTH = tuple(range(48, 60))
_MESH_OF_EYES_AND_LIPS = (
    33, 160, 158, 133, 153, 144,  # the subject's right eye, from its outer corner over the upper lid
    362, 385, 387, 263, 373, 380,  # the left one, from its inner corner over the upper lid
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,  # the outer lips, from the right corner over the upper lip
)  # fmt: skip
"""Points of the face mesh at landmarks 36 to 59."""


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
    masks = np.zeros((3, size_px, size_px), np.uint8)
    points_px = (landmarks.numpy() + 1) / 2 * size_px
    for part, outlines in enumerate((_EYES, (_MOUTH,))):
        for outline in outlines:
            cv2.fillPoly(masks[part], [points_px[list(outline)].astype(np.int32)], 1)
    return torch.from_numpy(masks).float()


class VideoCorpus:
    """Two frames of one clip of one camera (`feed_dataset.pairs`); no head poses.

    Args:
        pairs: where frames come from.
        name: as it stands in the card.
        crops: folder of the face crops that `pairs` reads. Made with landmarks (`prepare --landmarks`), pairs have
            landmarks, and masks of eyes and mouth made of them; without they have pictures alone.
    """

    def __init__(self, pairs: FeedPairs, *, name: str, crops: Path | None = None) -> None:
        self.pairs, self.name = pairs, name
        self.gives: frozenset[str] = frozenset()
        if crops is not None:
            settings = PreparedSet.load(crops).settings
            self._crop_px = settings.size_px
            if settings.landmarks:
                self.gives = frozenset({"landmarks", "eyes", "mouth"})
        self._crop_data = {source.clip.id: source.crop_data for source in pairs.sources}

    def draw(self, rng: np.random.Generator) -> FramePair:
        """A random clip and two of its frames."""
        sample = self.pairs[int(rng.integers(len(self.pairs)))]
        source, driver = (sample[key].float().div(255) for key in ("source", "driver"))
        subject = f"{self.name}/{sample['subject']}"
        if not self.gives:
            return FramePair(subject, source, driver)
        mesh_px = self._mesh_px(sample["clip_id"])[sample["driver_index"]]
        landmarks = landmarks_of_mesh(mesh_px / self._crop_px * 2 - 1)
        parts = landmark_parts(landmarks, driver.shape[-1])
        return FramePair(subject, source, driver, landmarks=landmarks, parts=parts)

    def _mesh_px(self, clip_id: str) -> np.ndarray:  # [T, 468, 3] in pixels of the crop
        path = self._crop_data[clip_id]
        assert path is not None  # the pairs were made from crops
        try:
            with open_npz(path) as stored:
                mesh_px: np.ndarray = stored["landmarks_px"]
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(f"expected landmarks in {path} but got: {words_of(error)}; prepare again") from error
        return mesh_px


def landmarks_of_mesh(
    mesh: np.ndarray,  # [468, 2 or 3] in [-1, 1]
) -> torch.Tensor:  # [68, 2], NaN but for eyes and outer lips
    """The points of a face mesh that 68 landmarks have around eyes and lips."""
    landmarks = np.full((68, 2), np.nan, np.float32)
    landmarks[36:60] = mesh[list(_MESH_OF_EYES_AND_LIPS), :2]
    return torch.from_numpy(landmarks)
