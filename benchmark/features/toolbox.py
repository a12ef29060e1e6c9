"""What one process keeps loaded: face networks, extractors and methods, each at most once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

import baselines
from benchmark.features.device import prepare
from benchmark.features.types.extractor import ClipInfo, ComparePair, Compute, ReadSound, Session

if TYPE_CHECKING:
    from baselines.interface.method import Method
    from feed_dataset.core.faces import FaceTrack

Track = Callable[[np.ndarray], "FaceTrack"]  # uint8 [T, H, W, 3] -> landmarks


class Follower(Protocol):
    """One face followed through frames that come one at a time."""

    def step(self, frame: np.ndarray) -> tuple[np.ndarray | None, str | None]:
        """Landmarks float32 [468, 3] in the next frame uint8 [H, W, 3], or the reason why there are none."""


@dataclass(frozen=True)
class Loaders:
    """How to load each tool; a test passes its own.

    Args:
        follower: loads the face networks; what it gives begins a new video.
        extractor: loads an extractor by id: an OpenSession, a ComparePair or a ReadSound.
    """

    follower: Callable[[], Callable[[], Follower]]
    extractor: Callable[[str, Compute], Any]
    method: Callable[[str], Method]


class Toolbox:
    """Tools of one process, loaded on first use."""

    def __init__(self, loaders: Loaders | None = None, compute: Compute | None = None) -> None:
        self.compute = compute or Compute()
        self._loaders = loaders or default_loaders()
        self._extractors: dict[str, Any] = {}
        self._methods: dict[str, Method] = {}

    def follow(self) -> Follower:
        """A face to be followed through a new video."""
        return self._new_follower()

    def track(self, frames: np.ndarray) -> FaceTrack:
        """Landmarks in all frames uint8 [T, H, W, 3] of one video."""
        from feed_dataset.core.faces import FaceTrack

        follower = self.follow()
        found = [follower.step(frame) for frame in frames]
        missing = np.full((468, 3), np.nan, np.float32)
        landmarks = [missing if points is None else points for points, _ in found]
        stacked = np.stack(landmarks) if landmarks else np.empty((0, 468, 3), np.float32)
        return FaceTrack(stacked, tuple(reason for _, reason in found))

    def session(self, extractor_id: str, info: ClipInfo) -> Session:
        """An extractor at the beginning of a video."""
        session: Session = self._extractor(extractor_id)(info)
        return session

    def compare(self, extractor_id: str) -> ComparePair:
        """The function of a pair extractor."""
        compare: ComparePair = self._extractor(extractor_id)
        return compare

    def read_sound(self, extractor_id: str) -> ReadSound:
        """The function of an audio extractor."""
        read: ReadSound = self._extractor(extractor_id)
        return read

    def method(self, name: str) -> Method:
        """A method that makes videos."""
        if name not in self._methods:
            self._methods[name] = self._loaders.method(name)
        return self._methods[name]

    @cached_property
    def _new_follower(self) -> Callable[[], Follower]:
        return self._loaders.follower()

    def _extractor(self, extractor_id: str) -> Any:
        if extractor_id not in self._extractors:
            prepare(self.compute)
            self._extractors[extractor_id] = self._loaders.extractor(extractor_id, self.compute)
        return self._extractors[extractor_id]


def default_loaders() -> Loaders:
    """The real networks of the weights registry and the registered methods."""
    return Loaders(follower=_load_follower, extractor=_load_extractor, method=baselines.load)


class _Followed:
    """`FaceFollower` reduced to points."""

    def __init__(self, networks: Any) -> None:
        from feed_dataset.core.faces import FaceFollower

        self._follower = FaceFollower(networks)

    def step(self, frame: np.ndarray) -> tuple[np.ndarray | None, str | None]:
        result, reason = self._follower.step(frame)
        return None if result is None else result.points_px, reason


def _load_follower() -> Callable[[], Follower]:
    from feed_dataset.core.faces import FaceNetworks

    networks = FaceNetworks.load()
    return lambda: _Followed(networks)


def _load_extractor(extractor_id: str, compute: Compute) -> Any:
    from benchmark.features.extractors.catalog import extractor

    return extractor(extractor_id).load(compute)
