"""Methods that follow landmarks: the source's once, the driver's in every frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from baselines.interface.errors import DriveError
from baselines.interface.method import Driver, Method, check_source
from baselines.interface.own_card import OWN_CARD
from feed_dataset.core.jobs.errors import NoFaceError

if TYPE_CHECKING:
    from feed_dataset.core.faces import FaceTrack

Tracker = Callable[[np.ndarray], "FaceTrack"]  # uint8 [T, H, W, 3] -> landmarks per frame


class TrackedMethod(Method):
    """A method that is driven by landmarks, relative to the driver's first frame with a face.

    Args:
        track: landmark tracker; the default is the project's own face networks.
    """

    capabilities = replace(OWN_CARD, motion="relative", reads_with=frozenset({"face-detector", "face-mesh"}))

    def __init__(self, track: Tracker | None = None) -> None:
        self._given = track

    @cached_property
    def _track(self) -> Tracker:
        return self._given or _default_tracker()

    def source_landmarks(
        self,
        source: np.ndarray,  # uint8 [S, S, 3]
    ) -> np.ndarray:  # float64 [468, 3]
        """Landmarks of the source image in pixels. Raises NoFaceError."""
        check_source(source)
        track = self._track(source[None])
        if not track.valid[0]:
            raise NoFaceError(f"expected a face in the source image but found none ({track.reasons[0]})")
        found: np.ndarray = track.landmarks_px[0].astype(np.float64)
        return found

    def driver_landmarks(self, driver: Driver) -> tuple[np.ndarray, np.ndarray]:  # float64 [T, 468, 3], bool [T]
        """Landmarks of the driver's frames, NaN without a face, and where there is one.

        Raises:
            DriveError: the protocol withholds the frames.
            NoFaceError: no frame has a face.
        """
        if driver.frames is None:
            raise DriveError("expected driver frames to find landmarks in but the protocol withholds them")
        track = self._track(driver.frames)
        if not track.valid.any():
            raise NoFaceError(f"expected a face in the driver but found none ({track.reasons[0]})")
        return track.landmarks_px.astype(np.float64), track.valid


def _default_tracker() -> Tracker:
    from feed_dataset.core.faces.networks import shared_networks
    from feed_dataset.core.faces.track import track_faces

    networks = shared_networks()
    return lambda frames: track_faces(frames, networks=networks)
