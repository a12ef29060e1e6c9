"""The interface of every method that is a class: load once, prepare a source once, then drive it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any

import numpy as np

from baselines.interface.capabilities import Capabilities
from baselines.interface.checks import check_frames, check_source
from baselines.interface.driver import Driver
from baselines.interface.frames import Chunk, Driven, Generated, chunks_of

__all__ = [
    "Capabilities",
    "Chunk",
    "Driven",
    "Driver",
    "Generated",
    "Method",
    "check_frames",
    "check_source",
    "chunks_of",
]


class Method(ABC):
    """One method. Constructing it is cheap and needs no accelerator; `load` does the heavy work.

    A subclass sets `name` (a plain file name; the class name is used where it is missing), `capabilities`, and
    `version`, which is raised whenever the code would give other frames for the same weights, so that predictions
    of an older version are made again.

    Example:
        >>> class Mine(Method):
        ...     name = "mine"
        ...     capabilities = Capabilities(drives=frozenset({"image"}), licence="MIT")
        ...     def prepare(self, source):
        ...         return source
        ...     def drive(self, prepared, driver):
        ...         for frame in driver.frames:
        ...             yield prepared // 2 + frame // 2
    """

    name: str
    version: int = 1
    capabilities: Capabilities

    @property
    def weights_sha256(self) -> str | None:
        """Digest of the weights that make the frames; None for a method without any. Asked before `load`."""
        return None

    def weights_for(self, gives: Collection[str]) -> str | None:
        """Digest of the weights that make the frames where a protocol gives these of "image", "audio" and "pose".

        For methods that have others for each; `weights_sha256` otherwise.

        Raises:
            MethodUnavailable: weights that this needs are missing.
        """
        return self.weights_sha256

    def load(self, device: str = "cpu") -> None:  # noqa: B027  # most methods have nothing to load
        """Make ready to work on `device` ("cpu", "cuda", "cuda:1"). Called once per process, before `prepare`."""

    @abstractmethod
    def prepare(self, source: np.ndarray) -> Any:
        """Everything that depends on the source image `uint8 [S, S, 3]` alone."""

    @abstractmethod
    def drive(self, prepared: Any, driver: Driver) -> Driven:
        """Frames of the prepared source, one for each of `driver.frame_count`, `driver.size_px` wide and high.

        Best as an iterator of `Chunk` (or of frames `uint8 [S, S, 3]`), so that a long driver needs no memory.
        """
