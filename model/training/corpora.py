"""Corpora of pairs: rendered people, and videos below a data directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.npz import open_npz
from feed_dataset.pairs.videos import VideoPairs
from feed_dataset.prepare.prepared import PreparedSet
from feed_dataset.synthetic.scene.part_masks import part_mask
from model.networks.errors import ModelError
from model.training.losses.head import HEAD_PARTS
from model.training.pairs import CrossTarget, FramePair
from model.training.people import People

_EYES = (tuple(range(36, 42)), tuple(range(42, 48)))  # of 68 landmarks
_MOUTH = tuple(range(48, 60))
_MESH_OF_EYES_AND_LIPS = (
    33, 160, 158, 133, 153, 144,  # the subject's right eye, from its outer corner over the upper lid
    362, 385, 387, 263, 373, 380,  # the left one, from its inner corner over the upper lid
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,  # the outer lips, from the right corner over the upper lip
)  # fmt: skip
"""Points of the face mesh at landmarks 36 to 59."""


class RenderedCorpus:
    """Two states of one rendered person, with true head poses, landmarks, and masks.

    Landmarks draw the outlines of eyes and mouth. Ears are what the renderer labelled so; sets that were rendered
    without labels have none.

    Args:
        people: rendered people.
        states: person -> states to draw from, at least 2; None: everybody and everything.
        cross: pairs also bring what the driver makes of somebody else.
        name: as it stands in the card.

    Raises:
        ModelError: fewer than 2 states, or somebody whose states nobody else is in although `cross` asks for them.
    """

    def __init__(
        self,
        people: People,
        states: Mapping[int, Sequence[int]] | None = None,
        *,
        cross: bool = False,
        name: str,
    ) -> None:
        self.people, self.name = people, name
        self.states = states or {number: tuple(range(people.states)) for number in range(len(people))}
        few = next((number for number, own in self.states.items() if len(own) < 2), None)
        if few is not None:
            raise ModelError(f"expected at least 2 states of each person for pairs but {people.who(few)} has fewer")
        self._chosen = np.array(sorted(self.states))
        self._companions = self._companions_of_all() if cross else {}
        given = ("pose", "landmarks", "eyes", "mouth", *(("ears",) if people.has_parts else ()))
        self.gives = frozenset((*given, *(("cross",) if cross else ())))

    def draw(self, rng: np.random.Generator) -> FramePair:
        """A random person in two different states."""
        number = int(rng.choice(self._chosen))
        source, driver = (int(state) for state in rng.choice(self.states[number], 2, replace=False))
        at_source, at_driver = (self.people.in_state(number, state) for state in (source, driver))
        landmarks = torch.from_numpy(at_driver.landmarks68[0])
        parts = landmark_parts(landmarks, self.people.size_px)
        if at_driver.parts is not None:
            parts[HEAD_PARTS.index("ears")] = torch.from_numpy(part_mask(at_driver.parts[0], "ear")).float()
        return FramePair(
            f"{self.name}/{number}", at_source.picture(0), at_driver.picture(0), at_source.pose(0), at_driver.pose(0),
            landmarks, parts, self._cross(rng, number, driver) if self._companions else None,
        )  # fmt: skip

    def _cross(self, rng: np.random.Generator, number: int, driver: int) -> CrossTarget:
        other = int(rng.choice(self._companions[number]))
        source = int(rng.choice([state for state in self.states[other] if state != driver]))
        at_source, at_driver = (self.people.in_state(other, state) for state in (source, driver))
        return CrossTarget(at_source.picture(0), at_source.pose(0), at_driver.picture(0), at_driver.pose(0))

    def _companions_of_all(self) -> dict[int, list[int]]:
        companions = self.people.companions()
        found = {number: [other for other in companions[number] if other in self.states] for number in self.states}
        alone = next((number for number, others in found.items() if not others), None)
        if alone is not None:
            raise ModelError(
                f"expected somebody in the states of {self.people.who(alone)} for cross-reenactment targets but there"
                " is nobody; render people in groups"
            )
        return found


def landmark_parts(
    landmarks: torch.Tensor,  # [68, 2] in [-1, 1]
    size_px: int,
) -> torch.Tensor:  # [3, S, S] in {0, 1}, in the order of HEAD_PARTS
    """Masks of the outlines of eyes and mouth; nothing for the ears, which 68 landmarks do not have."""
    masks = np.zeros((3, size_px, size_px), np.uint8)
    points_px = (landmarks.numpy() + 1) / 2 * size_px
    for part, outlines in enumerate((_EYES, (_MOUTH,))):
        for outline in outlines:
            cv2.fillPoly(masks[part], [points_px[list(outline)].astype(np.int32)], 1)
    return torch.from_numpy(masks).float()


class VideoCorpus:
    """Two frames of one clip of one camera (`feed_dataset.pairs`); no head poses, and no ears, which no landmark has.

    Args:
        pairs: where frames come from.
        name: as it stands in the card.
        crops: folder of the face crops that `pairs` reads. Made with landmarks (`prepare --landmarks`), pairs have
            landmarks, and masks of eyes and mouth made of them; without they have pictures alone.
    """

    def __init__(self, pairs: VideoPairs, *, name: str, crops: Path | None = None) -> None:
        self.pairs, self.name = pairs, name
        self.gives: frozenset[str] = frozenset()
        if crops is not None:
            settings = PreparedSet.load(crops).settings
            self._crop_px = settings.size_px
            if settings.landmarks:
                self.gives = frozenset({"landmarks", "eyes", "mouth"})
        self._crop_data = {source.id: source.crop_data for source in pairs.sources}

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
