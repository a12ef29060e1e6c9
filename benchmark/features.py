"""Stage 2: what the face networks see in frames, kept by content so that nothing is looked at twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.errors import BenchmarkError
from benchmark.inputs import load_staged
from benchmark.metrics import FaceFeatures
from benchmark.predictions import read_lossless
from benchmark.store import frames_sha256, key_of, load_arrays, save_arrays
from benchmark.toolbox import Toolbox

VERSION = "features-1"  # raised when the same frames and networks would give other features
LANDMARKS, EMBEDDINGS, INCEPTION = "landmarks", "embeddings", "inception"

NETWORKS_OF = {
    LANDMARKS: ("face-detector", "face-mesh"),
    EMBEDDINGS: ("face-detector", "face-mesh", "dlib-face-resnet"),
    INCEPTION: ("fid-inception",),
}
"""Which networks of the weights registry make each kind of feature."""


@dataclass(frozen=True)
class FeatureSettings:
    """What decides features besides the frames."""

    kinds: tuple[str, ...]  # kinds that can and need be computed
    embed_every: int
    networks: tuple[tuple[str, str], ...]  # (name, sha256)

    def key(self, kind: str, pixels_sha256: str) -> str:
        """Name of the cache file of one kind."""
        hashes = [pair for pair in self.networks if pair[0] in NETWORKS_OF[kind]]
        stride = self.embed_every if kind == EMBEDDINGS else 1
        return key_of(VERSION, kind, stride, hashes, pixels_sha256)[:32]


@dataclass(frozen=True)
class FeatureJob:
    """Compute and save the missing kinds for one set of frames.

    Args:
        frames: a staged input or a prediction's video.
        pixels_sha256: content hash of those frames.
    """

    frames: Path
    pixels_sha256: str
    folder: Path
    settings: FeatureSettings

    def run(self, toolbox: Toolbox) -> str:
        missing = [kind for kind in self.settings.kinds if self._load(kind) is None]
        if missing:
            frames = load_frames(self.frames)
            if frames_sha256(frames) != self.pixels_sha256:
                raise BenchmarkError(f"expected {self.frames} unchanged but its frames are others; run again")
            for kind in missing:
                self._compute(kind, frames, toolbox)
        return self.pixels_sha256

    def load(self) -> FaceFeatures:
        """The saved features. Raises BenchmarkError when they are gone."""
        loaded = {kind: self._load(kind) for kind in self.settings.kinds}
        landmarks = loaded[LANDMARKS]
        if landmarks is None or any(value is None for value in loaded.values()):
            raise BenchmarkError(f"expected features in {self.folder} but some are gone or damaged; run again")
        return FaceFeatures(
            landmarks_px=landmarks[0],
            reasons=tuple(landmarks[1]),
            embeddings=_array(loaded.get(EMBEDDINGS)),
            inception=_array(loaded.get(INCEPTION)),
        )

    def _path(self, kind: str) -> Path:
        return self.folder / kind / f"{self.settings.key(kind, self.pixels_sha256)}.safetensors"

    def _load(self, kind: str) -> tuple[np.ndarray, list[str | None]] | None:
        loaded = load_arrays(self._path(kind))
        if loaded is None:
            return None
        arrays, metadata = loaded
        return arrays[kind], metadata["reasons"]

    def _compute(self, kind: str, frames: np.ndarray, toolbox: Toolbox) -> None:
        reasons: list[str | None] = []
        if kind == LANDMARKS:
            first = first_of_equals(frames)
            track = toolbox.track(frames[np.unique(first)])
            place = np.searchsorted(np.unique(first), first)
            values, reasons = track.landmarks_px[place], [track.reasons[index] for index in place]
        elif kind == EMBEDDINGS:
            values = self._embed(frames, toolbox)
        else:
            values = toolbox.inception(frames)
        save_arrays(self._path(kind), {kind: np.asarray(values, np.float32)}, {"reasons": reasons})

    def _embed(self, frames: np.ndarray, toolbox: Toolbox) -> np.ndarray:
        landmarks = self._load(LANDMARKS)
        if landmarks is None:
            raise BenchmarkError(f"expected landmarks before embeddings for {self.frames}")
        every = self.settings.embed_every
        chosen = toolbox.embed(frames[::every], landmarks[0][::every])
        embeddings = np.full((len(frames), chosen.shape[1]), np.nan, np.float32)
        embeddings[::every] = chosen
        return embeddings


def first_of_equals(frames: np.ndarray) -> np.ndarray:
    """For each frame where its run of equal frames began, int [T]: a frozen face stays where it is."""
    same = [False] + [bool(np.array_equal(a, b)) for a, b in zip(frames[1:], frames[:-1], strict=True)]
    first: np.ndarray = np.maximum.accumulate(np.where(same, 0, np.arange(len(frames))))
    return first


def load_frames(path: Path) -> np.ndarray:
    """uint8 [T, S, S, 3] of a staged input or a prediction."""
    if path.suffix == ".mkv":
        return read_lossless(path)
    staged = load_staged(path)
    if staged is None:
        raise BenchmarkError(f"expected the staged input {path} but it is gone or damaged; run again")
    return staged.frames


def _array(loaded: tuple[np.ndarray, list[str | None]] | None) -> np.ndarray | None:
    return None if loaded is None else loaded[0]
