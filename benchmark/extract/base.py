"""What looks at videos: an extractor is data about a feature and the way to open a session that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Compute:
    """Where and how precisely networks run. float32 on the CPU is the reference."""

    device: str = "cpu"
    precision: Precision = "float32"


@dataclass(frozen=True)
class ClipInfo:
    """What a session knows of a video before its first frame."""

    fps: Fraction
    height_px: int
    width_px: int


@dataclass(frozen=True)
class Batch:
    """Consecutive frames of one video with the landmarks of the face that is followed."""

    frames: np.ndarray  # uint8 [B, H, W, 3] RGB
    landmarks_px: np.ndarray  # float32 [B, 468, 3], NaN where there is no face
    start: int  # index in the video of the first of them

    def __post_init__(self) -> None:
        if self.frames.ndim != 4 or self.frames.dtype != np.uint8 or self.frames.shape[3] != 3:
            raise ValueError(f"expected frames uint8 [B, H, W, 3] but got {self.frames.dtype} {self.frames.shape}")
        if self.landmarks_px.shape != (len(self.frames), 468, 3):
            raise ValueError(
                f"expected landmarks [{len(self.frames)}, 468, 3] but got {list(self.landmarks_px.shape)}"
            )

    def __len__(self) -> int:
        return len(self.frames)


class Session(Protocol):
    """One extractor at work on one video. Its result must not depend on how the frames were cut into batches."""

    def push(self, batch: Batch) -> None:
        """Take the next frames."""

    def finish(self) -> np.ndarray:
        """The feature of the whole video, float32: [T, ...] with NaN rows where nothing can be said, or [N, ...]."""


OpenSession = Callable[[ClipInfo], Session]


@dataclass(frozen=True)
class Extractor:
    """One kind of feature of a video.

    Args:
        id: name of the feature; with the networks' hashes and `preprocessing` the key of the cache.
        networks: names in the weights registry.
        preprocessing: short id of everything else that decides the value; changed when the same frames and networks
            would give another value.
        rows: "frame" when row t belongs to frame t, else "window".
        thinned: whether a protocol may ask for every n-th frame only (slow descriptors).
        load: loads the networks, once per process.
    """

    id: str
    networks: tuple[str, ...]
    preprocessing: str
    load: Callable[[Compute], OpenSession]
    rows: Literal["frame", "window"] = "frame"
    thinned: bool = False


@dataclass(frozen=True)
class PairExtractor:
    """One kind of feature of two frames that should be equal: output and reference."""

    id: str
    networks: tuple[str, ...]
    preprocessing: str
    load: Callable[[Compute], ComparePair]


@dataclass(frozen=True)
class AudioExtractor:
    """One kind of feature of a sound track."""

    id: str
    networks: tuple[str, ...]
    preprocessing: str
    rate_hz: int
    load: Callable[[Compute], ReadSound]


ComparePair = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(output uint8 [B, H, W, 3], reference uint8 [B, H, W, 3]) -> float32 [B, ...]."""

ReadSound = Callable[[np.ndarray], np.ndarray]
"""float32 [S] mono in [-1, 1], sample 0 at the time of the video's first frame -> float32 [N, ...]."""


class PerFrame:
    """A session made of a function of frames and their landmarks, each frame by itself."""

    def __init__(self, describe: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
        self._describe = describe
        self._rows: list[np.ndarray] = []

    def push(self, batch: Batch) -> None:
        self._rows.append(np.asarray(self._describe(batch.frames, batch.landmarks_px), np.float32))

    def finish(self) -> np.ndarray:
        if not self._rows:
            raise ValueError("expected at least one batch of frames but got none")
        return np.concatenate(self._rows)
