"""How many faces a video shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FacesSeen:
    """How many faces a video shows, in the frames that were searched for them.

    Args:
        looked: frames that were searched.
        several: those of them with more than one face.
        most: faces in the frame with most of them.
        twice: those of `looked` that show the followed person again: a mirror, a poster, or panels side by side.
        is_chosen: the first frame with a face has several, so that identity decided.
    """

    looked: int = 0
    several: int = 0
    most: int = 0
    twice: int = 0
    is_chosen: bool = False

    @property
    def is_in_panels(self) -> bool:
        """Whether the followed person is there twice in most frames that were searched."""
        return 2 * self.twice > self.looked

    @property
    def array(self) -> np.ndarray:
        """int64 [5], the fields in their order."""
        return np.array((self.looked, self.several, self.most, self.twice, self.is_chosen), np.int64)

    @classmethod
    def of_array(cls, array: np.ndarray) -> FacesSeen:
        """The inverse of `array`."""
        looked, several, most, twice, is_chosen = (int(value) for value in array)
        return cls(looked, several, most, twice, bool(is_chosen))
