"""What looks at videos: an extractor is data about a feature and the way to open a session that makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, Protocol

import numpy as np

from benchmark.features.types.rows import Rows

Precision = Literal["float32", "bfloat16"]
LANDMARKS = "mesh468"
"""Feature id of the landmarks in `FaceFeatures.landmarks_px`, which the pass itself makes."""

FACE_NETWORKS = ("face-detector", "face-mesh")
"""The networks that make the landmarks; an extractor that reads landmarks has them among its own."""

CHUNK_FRAMES = 16
_CHUNK_BYTES = 1 << 26


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
    times_s: np.ndarray = field(default_factory=lambda: np.zeros(0))  # float64 [T], since the first frame is shown


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
            raise ValueError(f"expected landmarks [{len(self.frames)}, 468, 3] but got {list(self.landmarks_px.shape)}")

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
        packages: Python packages beyond the base install, by import name.
    """

    id: str
    networks: tuple[str, ...]
    preprocessing: str
    load: Callable[[Compute], OpenSession]
    rows: Literal["frame", "window"] = "frame"
    thinned: bool = False
    packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairExtractor:
    """One kind of feature of two frames that should be equal: output and reference.

    Args:
        load: loads the networks, once per process, and gives a ComparePair.
        begin: where a frame's value depends on the frames before it, what `load` gives is passed to this at the
            beginning of each pair of videos. It gives the ComparePair, which gets all frames in order.
    """

    id: str
    networks: tuple[str, ...]
    preprocessing: str
    load: Callable[[Compute], Any]
    packages: tuple[str, ...] = ()
    begin: Callable[[Any, ClipInfo], ComparePair] | None = None


@dataclass(frozen=True)
class AudioExtractor:
    """One kind of feature of a sound track."""

    id: str
    networks: tuple[str, ...]
    preprocessing: str
    rate_hz: int
    load: Callable[[Compute], ReadAudio]
    packages: tuple[str, ...] = ()


AnyExtractor = Extractor | PairExtractor | AudioExtractor

ComparePair = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(output uint8 [B, H, W, 3], reference uint8 [B, H, W, 3]) -> float32 [B, ...]."""

ReadAudio = Callable[[np.ndarray], np.ndarray]
"""float32 [S] mono in [-1, 1], sample 0 at the time of the video's first frame -> float32 [N, ...]."""


class PerFrame:
    """A session made of a function of frames and their landmarks, each frame by itself.

    The function gets chunks of a fixed number of frames whatever the batches of the pass were: networks round
    differently for other batch sizes, and results must not depend on how a video was cut. A frame that equals the
    one before it is not looked at again: frozen videos are common and cost next to nothing.
    """

    def __init__(
        self, describe: Callable[[np.ndarray, np.ndarray], np.ndarray], chunk_frames: int = CHUNK_FRAMES
    ) -> None:
        self._describe = describe
        self._chunks = Chunks(chunk_frames)
        self._rows = Rows()
        self._before: tuple[np.ndarray, np.ndarray] | None = None
        self._places: list[int] = []  # for each frame, which of the described ones it equals

    def push(self, batch: Batch) -> None:
        for frame, landmarks in zip(batch.frames, batch.landmarks_px, strict=True):
            if self._before is not None and _equal((frame, landmarks), self._before):
                self._places.append(self._places[-1])
                continue
            self._before = (frame, landmarks)
            self._places.append(self._places[-1] + 1 if self._places else 0)
            for chunk in self._chunks.push(frame[None], landmarks[None]):
                self._take(*chunk)

    def finish(self) -> np.ndarray:
        for chunk in self._chunks.rest():
            self._take(*chunk)
        if not self._places:
            raise ValueError("expected at least one batch of frames but got none")
        described = self._rows.array
        return described if len(described) == len(self._places) else described[self._places]

    def _take(self, frames: np.ndarray, landmarks_px: np.ndarray) -> None:
        self._rows.append(np.asarray(self._describe(frames, landmarks_px), np.float32))


def _equal(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> bool:
    return np.array_equal(one[1], other[1], equal_nan=True) and np.array_equal(one[0], other[0])


class Chunks:
    """Cuts a stream of parallel arrays into chunks of a fixed length: `frames` of them, fewer if they are large."""

    def __init__(self, frames: int = CHUNK_FRAMES) -> None:
        if frames < 1:
            raise ValueError(f"expected chunks of at least one frame but got {frames}")
        self._frames = frames
        self._waiting: list[tuple[np.ndarray, ...]] = []  # single frames

    def push(self, *arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
        """Add rows; gives the chunks that are full."""
        length = min(self._frames, max(1, _CHUNK_BYTES // max(1, arrays[0][:1].nbytes)))
        for row in zip(*arrays, strict=True):
            self._waiting.append(row)
            if len(self._waiting) == length:
                yield from self.rest()

    def rest(self) -> Iterator[tuple[np.ndarray, ...]]:
        """The last chunk, shorter than the others."""
        if self._waiting:
            chunk = tuple(np.stack(column) for column in zip(*self._waiting, strict=True))
            self._waiting = []
            yield chunk
