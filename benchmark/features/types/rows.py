"""One array that grows by rows: what is said of each frame of a long video is in memory once."""

from __future__ import annotations

import numpy as np


class Rows:
    """Rows of one shape, appended in blocks.

    A list of small arrays would be copied when it becomes one array, and leave its room in pieces.

    Example:
        >>> rows = Rows()
        >>> rows.append(np.zeros((2, 3), np.float32))
        >>> rows.append(np.ones((1, 3), np.float32))
        >>> rows.array.shape
        (3, 3)
    """

    def __init__(self) -> None:
        self._room = np.zeros((0, 0), np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(
        self,
        block: np.ndarray,  # float32 [B, ...]
    ) -> None:
        """Add rows; all have the shape of the first ones."""
        if not self._count:
            self._room = np.empty((0, *block.shape[1:]), np.float32)
        end = self._count + len(block)
        if end > len(self._room):
            room = np.empty((max(end, 2 * len(self._room)), *self._room.shape[1:]), np.float32)  # untouched: no memory
            room[: self._count] = self.array
            self._room = room
        self._room[self._count : end] = block
        self._count = end

    @property
    def array(self) -> np.ndarray:
        """float32 [T, ...], all rows until now; not a copy."""
        return self._room[: self._count]
