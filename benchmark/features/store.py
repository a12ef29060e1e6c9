"""Features on disk: one safetensors file per video and kind of feature, found by everything that decides it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.features.extractors.catalog import extractor
from benchmark.features.types.extractor import FACE_NETWORKS, LANDMARKS, AnyExtractor, Compute
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.array_store import Keys, load_arrays, save_arrays
from feed_dataset.core.weights.weight import COMMAND

VERSION = "features-3"  # raised when the pass itself would give other features
LANDMARKS_ID = "track-2"  # changed when the face would be followed in another way
CLIP = "clip"  # how many frames a video has, of what size and when
FACES = "faces"  # how many faces a video shows


@dataclass(frozen=True)
class Kind:
    """What decides a feature besides the pixels.

    Args:
        is_on_device: it is computed on the device and in the precision that a run asked for.
    """

    id: str
    networks: tuple[str, ...]
    preprocessing: str
    stride: int = 1
    is_on_device: bool = True


CLIP_KIND = Kind(CLIP, (), "3", is_on_device=False)
LANDMARKS_KIND = Kind(LANDMARKS, FACE_NETWORKS, LANDMARKS_ID, is_on_device=False)
"""The face networks run on the CPU in float32 whatever the others do."""
FACES_KIND = Kind(FACES, FACE_NETWORKS, LANDMARKS_ID, is_on_device=False)
LATENTS_KIND = Kind("latents", (), "1", is_on_device=False)
"""Descriptors z, which the method itself gave."""


def kind_of(extractor: AnyExtractor, stride: int = 1) -> Kind:
    """The kind of an extractor; only thinned ones have a stride."""
    thinned = getattr(extractor, "thinned", False)
    return Kind(extractor.id, extractor.networks, extractor.preprocessing, stride if thinned else 1)


def preprocessing_of(ids: Iterable[str]) -> dict[str, str]:
    """Preprocessing id of each feature, by extractor id."""
    return {one: LANDMARKS_ID if one == LANDMARKS else extractor(one).preprocessing for one in sorted(set(ids))}


@dataclass(frozen=True)
class Entry:
    """One stored feature."""

    array: np.ndarray
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class FeatureStore:
    """The cache of a run.

    Args:
        folder: where files lie; None keeps nothing.
        networks: sha256 of each network that is here, by name.
    """

    folder: Path | None
    networks: Mapping[str, str]

    def load(self, kind: Kind, sha256: Sequence[str], compute: Compute) -> Entry | None:
        """What was said about these contents, or None when nobody asked yet."""
        path = self.path(kind, sha256, compute)
        loaded = None if path is None else load_arrays(path)
        if loaded is None:
            return None
        arrays, metadata = loaded
        return Entry(arrays[kind.id], metadata)

    def has(self, kind: Kind, content_ids: Sequence[str], compute: Compute) -> bool:
        """Whether a feature is kept; nothing is read."""
        path = self.path(kind, content_ids, compute)
        return path is not None and os.path.isfile(path)

    def save(
        self, kind: Kind, sha256: Sequence[str], compute: Compute, array: np.ndarray, metadata: Mapping[str, Any]
    ) -> Entry:
        """Keep a feature; an existing file of the same name says the same and is replaced."""
        path = self.path(kind, sha256, compute)
        if path is not None:
            save_arrays(path, {kind.id: array}, metadata)
        return Entry(array, metadata)

    def path(self, kind: Kind, sha256: Sequence[str], compute: Compute) -> Path | None:
        """The file of one feature. Raises BenchmarkError when a network's hash is not known."""
        missing = [name for name in kind.networks if name not in self.networks]
        if missing:
            raise BenchmarkError(
                f"expected the network {missing[0]} for {kind.id!r} but it is not here;"
                f" get it with: {COMMAND} download {missing[0]}"
            )
        if self.folder is None:
            return None
        files = _files_of(self.folder, kind, tuple(self.networks[name] for name in kind.networks), compute)
        return Path(f"{files.folder}/{files.keys.of(list(sha256))[:32]}.safetensors")


@dataclass(frozen=True)
class _Files:
    """Of one kind of feature: where its files lie, and what their names begin from."""

    folder: str
    keys: Keys


@lru_cache(maxsize=1024)
def _files_of(folder: Path, kind: Kind, networks: tuple[str, ...], compute: Compute) -> _Files:
    hashes = list(zip(kind.networks, networks, strict=True))
    where = (compute.device.partition(":")[0], compute.precision) if kind.is_on_device else None
    name = kind.id.replace("[", "-").replace("]", "")
    return _Files(str(folder / name), Keys(VERSION, kind.id, kind.preprocessing, kind.stride, hashes, where))
