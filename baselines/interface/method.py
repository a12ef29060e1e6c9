"""The interface of every method: prepare a source once, then drive it with frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from baselines.interface.errors import DriveError

if TYPE_CHECKING:
    from feed_dataset.core.media.video import Audio


@dataclass(frozen=True)
class Capabilities:
    """What a method can be given, and what a person must know before using it."""

    drives: frozenset[str]  # of "image", "audio", "pose"
    size_px: int | None  # native side; None: works at any size
    licence: str
    needs_optimisation: bool  # per-source training before driving
    has_latents: bool  # gives expression descriptors z


@dataclass(frozen=True)
class Driver:
    """What drives: square face crops and, where there is any, their sound."""

    frames: np.ndarray  # uint8 [T, S, S, 3] RGB
    fps: Fraction
    audio: Audio | None = None

    def __post_init__(self) -> None:
        check_frames(self.frames, "driver frames")


@dataclass(frozen=True)
class Generated:
    """What a method made: one frame per driver frame, at the driver's size."""

    frames: np.ndarray  # uint8 [T, S, S, 3] RGB
    latents: np.ndarray | None = None  # float32 [T, d], the expression descriptors z

    def __post_init__(self) -> None:
        check_frames(self.frames, "generated frames")
        if self.latents is not None and (self.latents.ndim != 2 or len(self.latents) != len(self.frames)):
            raise DriveError(f"expected latents [{len(self.frames)}, d] but got shape {list(self.latents.shape)}")


class Method(ABC):
    """One method.

    `version` is raised whenever the code would give other frames for the same weights, so that predictions of
    an older version are made again.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    capabilities: ClassVar[Capabilities]

    @property
    def weights_sha256(self) -> str | None:
        """Digest of the weights that make the frames; None for a method without any."""
        return None

    @abstractmethod
    def prepare(self, source: np.ndarray) -> Any:
        """Everything that depends on the source image `uint8 [S, S, 3]` alone."""

    @abstractmethod
    def drive(self, prepared: Any, driver: Driver) -> Generated:
        """Frames of the prepared source, one for each driver frame."""


def check_frames(frames: np.ndarray, what: str) -> None:
    """Raise DriveError unless `frames` is a non-empty uint8 [T, S, S, 3]."""
    square = frames.ndim == 4 and frames.shape[1] == frames.shape[2] and frames.shape[3] == 3
    if frames.dtype != np.uint8 or not square or len(frames) == 0:
        raise DriveError(f"expected {what} uint8 [T, S, S, 3] but got {frames.dtype} {list(frames.shape)}")


def check_source(source: np.ndarray) -> None:
    """Raise DriveError unless `source` is uint8 [S, S, 3]."""
    if source.ndim != 3:
        raise DriveError(f"expected a source image uint8 [S, S, 3] but got {source.dtype} {list(source.shape)}")
    check_frames(source[None], "a source image")
