"""What one process keeps loaded: face networks and methods, each at most once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

import baselines

if TYPE_CHECKING:
    from baselines.base import Method
    from feed_dataset.faces import FaceTrack

Track = Callable[[np.ndarray], "FaceTrack"]  # uint8 [T, H, W, 3] -> landmarks
Embed = Callable[[np.ndarray, np.ndarray], np.ndarray]  # frames, landmarks [T, 468, 3] -> float32 [T, 128]
Describe = Callable[[np.ndarray], np.ndarray]  # frames -> float32 [T, 2048]


@dataclass(frozen=True)
class Loaders:
    """How to load each tool; a test passes its own."""

    track: Callable[[], Track]
    embed: Callable[[], Embed]
    inception: Callable[[], Describe]
    method: Callable[[str], Method]


class Toolbox:
    """Tools of one process, loaded on first use."""

    def __init__(self, loaders: Loaders | None = None) -> None:
        self._loaders = loaders or default_loaders()
        self._methods: dict[str, Method] = {}

    @cached_property
    def track(self) -> Track:
        return self._loaders.track()

    @cached_property
    def embed(self) -> Embed:
        return self._loaders.embed()

    @cached_property
    def inception(self) -> Describe:
        return self._loaders.inception()

    def method(self, name: str) -> Method:
        if name not in self._methods:
            self._methods[name] = self._loaders.method(name)
        return self._methods[name]


def default_loaders() -> Loaders:
    """The real networks of the weights registry and the registered methods."""
    return Loaders(track=_load_track, embed=_load_embed, inception=_load_inception, method=baselines.load)


def _load_track() -> Track:
    from feed_dataset.faces import FaceNetworks, track_faces

    networks = FaceNetworks.load()
    return lambda frames: track_faces(frames, networks=networks)


def _load_embed() -> Embed:
    from feed_dataset.faces import FaceEmbedder

    return FaceEmbedder.load()


def _load_inception() -> Describe:
    from benchmark.nets.inception import InceptionFeatures

    return InceptionFeatures.load()
