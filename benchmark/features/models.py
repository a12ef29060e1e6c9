"""What one process keeps loaded for features: face networks and extractors, each at most once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from benchmark.features.device import prepare
from benchmark.features.types.extractor import ClipInfo, ComparePair, Compute, ReadAudio, Session
from feed_dataset.core.faces.seen import FacesSeen

if TYPE_CHECKING:
    from feed_dataset.core.faces.embed import FaceEmbedder
    from feed_dataset.core.faces.networks import FaceNetworks
    from feed_dataset.core.faces.person import Describe
    from feed_dataset.core.faces.track import FaceTrack

Track = Callable[[np.ndarray], "FaceTrack"]  # uint8 [T, H, W, 3] -> landmarks


Person = Callable[[], np.ndarray]
"""Gives a picture uint8 [H, W, 3] of the person to be followed."""


class Follower(Protocol):
    """One face followed through frames that come one at a time."""

    @property
    def seen(self) -> FacesSeen:
        """Which faces there were so far."""

    def step(self, frame: np.ndarray) -> tuple[np.ndarray | None, str | None]:
        """Landmarks float32 [468, 3] in the next frame uint8 [H, W, 3], or the reason why there are none."""


@dataclass(frozen=True)
class ModelFactories:
    """How to load each model; a test passes its own.

    Args:
        follower: loads the face networks; what it gives begins a new video, with the person that is meant or None.
        extractor: loads an extractor by id: an OpenSession, a ComparePair or a ReadAudio.
    """

    follower: Callable[[], Callable[[Person | None], Follower]]
    extractor: Callable[[str, Compute], Any]


class ModelCache:
    """Models of one process, loaded on first use."""

    def __init__(self, factories: ModelFactories | None = None, compute: Compute | None = None) -> None:
        self.compute = compute or Compute()
        self._factories = factories or ModelFactories(follower=_load_follower, extractor=_load_extractor)
        self._extractors: dict[str, Any] = {}

    def follow(self, person: Person | None = None) -> Follower:
        """A face to be followed through a new video: that person's where there are several, else the largest."""
        return self._new_follower(person)

    def track(self, frames: np.ndarray) -> FaceTrack:
        """Landmarks in all frames uint8 [T, H, W, 3] of one video."""
        from feed_dataset.core.faces.track import FaceTrack

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

    def compare(self, extractor_id: str, info: ClipInfo) -> ComparePair:
        """The function of a pair extractor, at the beginning of two videos."""
        from benchmark.features.extractors.catalog import pair_extractor

        loaded = self._extractor(extractor_id)
        begin = pair_extractor(extractor_id).begin
        compare: ComparePair = loaded if begin is None else begin(loaded, info)
        return compare

    def read_audio(self, extractor_id: str) -> ReadAudio:
        """The function of an audio extractor."""
        read: ReadAudio = self._extractor(extractor_id)
        return read

    @cached_property
    def _new_follower(self) -> Callable[[Person | None], Follower]:
        return self._factories.follower()

    def _extractor(self, extractor_id: str) -> Any:
        if extractor_id not in self._extractors:
            prepare(self.compute)
            self._extractors[extractor_id] = self._factories.extractor(extractor_id, self.compute)
        return self._extractors[extractor_id]


class _PointsFollower:
    """`PersonFollower` reduced to points."""

    def __init__(self, networks: FaceNetworks, describe: Describe, person: Person | None) -> None:
        from feed_dataset.core.faces.person import PersonFollower
        from feed_dataset.core.faces.track import find_face

        def identity() -> np.ndarray | None:
            assert person is not None  # asked for a person only
            picture = person()
            found, _ = find_face(picture, networks)
            return None if found is None else describe(picture, found.points_px)

        self._follower = PersonFollower(networks, describe, None if person is None else identity)

    @property
    def seen(self) -> FacesSeen:
        return self._follower.seen

    def step(self, frame: np.ndarray) -> tuple[np.ndarray | None, str | None]:
        result, reason = self._follower.step(frame)
        return None if result is None else result.points_px, reason


class _Identity:
    """Describes one face; loads its network when it is asked first, which most videos never do."""

    @cached_property
    def _embed(self) -> FaceEmbedder:
        from feed_dataset.core.faces.embed import FaceEmbedder

        return FaceEmbedder.load()

    def __call__(self, frame: np.ndarray, landmarks_px: np.ndarray) -> np.ndarray:
        return self._embed(frame[None], landmarks_px[None])[0]


def _load_follower() -> Callable[[Person | None], Follower]:
    from feed_dataset.core.faces.networks import shared_networks

    networks, describe = shared_networks(), _Identity()
    return lambda person: _PointsFollower(networks, describe, person)


def _load_extractor(extractor_id: str, compute: Compute) -> Any:
    from benchmark.features.extractors.catalog import extractor

    return extractor(extractor_id).load(compute)
