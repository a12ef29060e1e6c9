"""Rendered people read from disk one by one, however many there are."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

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

K = TypeVar("K")
V = TypeVar("V")
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

    def state(self, state: int) -> Person:
        """The person in that state alone."""
        one = slice(state, state + 1)
        return Person(
            self.images[one], self.rotation[one], self.translation[one], self.scale[one], self.coefficients[one],
            self.landmarks68[one], self.moved[one], None if self.parts is None else self.parts[one],
        )  # fmt: skip


class People(Protocol):
    """Rendered people, each in the same number of states.

    Attributes:
        states: of everybody.
        size_px: of the pictures.
        has_parts: pixels have labels.
    """

    states: int
    size_px: int
    has_parts: bool

    def __len__(self) -> int: ...
    def who(self, number: int) -> str:
        """Somebody, in words for people."""
        ...

    def in_state(self, number: int, state: int) -> Person:
        """Somebody in one state."""
        ...

    def companions(self) -> dict[int, tuple[int, ...]]:
        """Person -> all others who are in the same states."""
        ...


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
        with _opened(self.files[0]) as stored:
            self.states, stored_px = stored["images"].shape[:2]
            self.has_parts = "parts" in stored
        self.size_px = size_px or stored_px
        self._most_kept = max(1, int(keep_mib * (1 << 20) / (3 * self.states * self.size_px**2)))
        if stored_px % self.size_px:
            raise ModelError(
                f"expected pictures of {self.size_px} px, or a multiple of it, in {folder} but got {stored_px} px"
            )

    def __len__(self) -> int:
        return len(self.files)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_kept": OrderedDict()}  # workers that make batches read for themselves

    def who(self, number: int) -> str:
        return str(self.files[number])

    def in_state(self, number: int, state: int) -> Person:
        """Somebody in one state. Raises as `person`."""
        return self.person(number).state(state)

    def person(self, number: int) -> Person:
        """Somebody. Raises ModelError, which names the file, for one that is damaged."""
        return recalled(self._kept, number, self._most_kept, lambda: self._read(self.files[number]))

    def companions(self) -> dict[int, tuple[int, ...]]:
        """By the motion that the files say."""
        alike: dict[bytes, list[int]] = defaultdict(list)
        for number, file in enumerate(self.files):
            with _opened(file) as stored:
                alike[b"".join(stored[name].tobytes() for name in _MOTION)].append(number)
        return companions_in(alike.values())

    def _read(self, file: Path) -> Person:
        with _opened(file) as stored:
            images = stored["images"]
            if images.shape[:3] != (self.states, images.shape[2], images.shape[2]) or images.shape[1] % self.size_px:
                raise ValueError(f"pictures {images.shape}")
            return person_of(stored, self.size_px, has_parts=self.has_parts)


def recalled(kept: OrderedDict[K, V], key: K, most: int, make: Callable[[], V]) -> V:
    """What is there, else what is made; the longest unused go."""
    if key not in kept:
        value = make()
        while len(kept) >= most:
            kept.popitem(last=False)
        kept[key] = value
    kept.move_to_end(key)
    return kept[key]


def companions_in(groups: Iterable[Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """Of groups who are in the same states: person -> all others."""
    return {one: tuple(other for other in group if other != one) for group in groups for one in group}


def person_of(
    stored: Mapping[str, np.ndarray],  # as files have them, K states
    size_px: int,
    *,
    has_parts: bool,
) -> Person:
    """What a rendered set says of somebody."""
    images, moved = stored["images"], stored["points"] - stored["rest_points"]
    mesh = stored["landmarks478"][:, list(MESH_TO_68)] if "landmarks478" in stored else stored["landmarks68"]
    step = images.shape[1] // size_px
    return Person(
        images if step == 1 else np.stack([_smaller(image, size_px) for image in images]),
        stored["rotation"], stored["translation"], stored["scale"], stored["coefficients"],
        mesh, np.sqrt(np.square(moved).sum(-1).mean(-1)),
        stored["parts"][:, step // 2 :: step, step // 2 :: step] if has_parts else None,
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
