"""Rendered people read from disk one by one, however many there are."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.npz import open_npz
from feed_dataset.synthetic.rig.landmarks import MESH_TO_68
from model.networks.errors import ModelError
from model.networks.pose import HeadPose
from model.training.data import rendered_poses

_MOTION = ("coefficients", "tongue", "gaze_deg")


@dataclass(frozen=True)
class Person:
    """One rendered person in K states."""

    images: np.ndarray  # uint8 [K, S, S, 3]
    rotation: np.ndarray  # float32 [K, 3, 3], canonical to picture
    translation: np.ndarray  # float32 [K, 3]
    scale: np.ndarray  # float32 [K], canonical unit in half pictures
    coefficients: np.ndarray  # float32 [K, E] ARKit weights
    landmarks68: np.ndarray  # float32 [K, 68, 2] in [-1, 1]
    moved: np.ndarray  # float32 [K]: how far the face points are from where they rest, root mean square, canonical
    parts: np.ndarray | None  # uint8 [K, S, S], labels of `PART_NAMES`

    def picture(self, state: int) -> Tensor:  # [3, S, S] in [0, 1]
        """The picture of a state."""
        return torch.from_numpy(self.images[state]).permute(2, 0, 1).float().div_(255)

    def pose(self, state: int) -> HeadPose:
        """The exact head pose in a state, as a batch of one."""
        one = slice(state, state + 1)
        return rendered_poses(self.rotation[one], self.translation[one], self.scale[one])


class RenderedPeople:
    """The people of a rendered set, read when they are asked for.

    Args:
        folder: made by `scripts/render_training_set.py`.
        size_px: of the pictures: what is stored, or a whole fraction of it; None: what is stored.
        keep_mib: of people that were read before.

    Raises:
        ModelError: the folder has no people, or pictures of a size that does not fit.
    """

    def __init__(self, folder: Path, size_px: int | None = None, *, keep_mib: float = 1024) -> None:
        self.files = sorted(folder.glob("*.npz"))
        if not self.files:
            raise ModelError(f"expected rendered people (*.npz) in {folder} but got none")
        self._kept: OrderedDict[int, Person] = OrderedDict()
        self._keep_bytes = keep_mib * (1 << 20)
        with _opened(self.files[0]) as stored:
            self.states, stored_px = stored["images"].shape[:2]
            self.has_parts = "parts" in stored
        self.size_px = size_px or stored_px
        if stored_px % self.size_px:
            raise ModelError(
                f"expected pictures of {self.size_px} px, or a multiple of it, in {folder} but got {stored_px} px"
            )

    def __len__(self) -> int:
        return len(self.files)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_kept": OrderedDict()}  # workers that make batches read for themselves

    def person(self, number: int) -> Person:
        """Somebody. Raises ModelError, which names the file, for one that is damaged."""
        person = self._kept.pop(number, None)
        if person is None:
            person = self._read(self.files[number])
            people = max(1, int(self._keep_bytes / person.images.nbytes))
            while len(self._kept) >= people:
                self._kept.popitem(last=False)
        self._kept[number] = person
        return person

    def companions(self) -> dict[int, tuple[int, ...]]:
        """Person -> all others who are in the same states, by the motion that the files say."""
        alike: dict[bytes, list[int]] = defaultdict(list)
        for number, file in enumerate(self.files):
            with _opened(file) as stored:
                alike[b"".join(stored[name].tobytes() for name in _MOTION)].append(number)
        return {one: tuple(other for other in group if other != one) for group in alike.values() for one in group}

    def _read(self, file: Path) -> Person:
        with _opened(file) as stored:
            images, moved = stored["images"], stored["points"] - stored["rest_points"]
            if images.shape[:3] != (self.states, images.shape[2], images.shape[2]) or images.shape[1] % self.size_px:
                raise ValueError(f"pictures {images.shape}")
            mesh = stored["landmarks478"][:, list(MESH_TO_68)] if "landmarks478" in stored else stored["landmarks68"]
            step = images.shape[1] // self.size_px
            return Person(
                images if step == 1 else np.stack([_smaller(image, self.size_px) for image in images]),
                stored["rotation"], stored["translation"], stored["scale"], stored["coefficients"],
                mesh, np.sqrt(np.square(moved).sum(-1).mean(-1)),
                stored["parts"][:, step // 2 :: step, step // 2 :: step] if self.has_parts else None,
            )  # fmt: skip


@contextmanager
def _opened(file: Path) -> Iterator[Mapping[str, np.ndarray]]:
    try:
        with open_npz(file) as stored:
            yield stored
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(
            f"expected a rendered person in {file} but got: {words_of(error)}; render the person again"
        ) from error


def _smaller(image: np.ndarray, size_px: int) -> np.ndarray:  # uint8 [S, S, 3]
    smaller: np.ndarray = cv2.resize(image, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return smaller
