"""Landmarks of one face through a clip: detect on the first frame and after a loss, else follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from feed_dataset.faces.mesh import POINTS, MeshResult, region_of_detection, region_of_landmarks
from feed_dataset.faces.networks import FaceNetworks

NO_FACE = "no face detected"
UNSURE = "face detected but its landmarks are not confident"
MIN_PRESENCE = 0.5
# After a detection the region is rebuilt from the landmarks this many times, so that the first frame of a
# clip and a single image get the same landmarks as a face followed for long.
_SETTLING_PASSES = 2


@dataclass(frozen=True)
class FaceTrack:
    """Landmarks per frame; a frame without a face is NaN and says why."""

    landmarks_px: np.ndarray  # float32 [T, 468, 3], NaN where no face
    reasons: tuple[str | None, ...]  # None where valid

    @property
    def valid(self) -> np.ndarray:
        """bool [T]."""
        return np.array([reason is None for reason in self.reasons], dtype=bool)


def find_face(
    image: np.ndarray,  # uint8 [H, W, 3] RGB
    networks: FaceNetworks,
) -> tuple[MeshResult | None, str | None]:
    """The most prominent face that has confident landmarks, and otherwise the reason why there is none."""
    detections = networks.detector(image)
    for detection in detections:
        result = networks.mesh(image, region_of_detection(detection))
        for _ in range(_SETTLING_PASSES):
            result = networks.mesh(image, region_of_landmarks(result.points_px))
        if result.presence >= MIN_PRESENCE:
            return result, None
    return None, UNSURE if detections else NO_FACE


def track_faces(
    frames: Iterable[np.ndarray],  # uint8 [T, H, W, 3] RGB
    *,
    networks: FaceNetworks,
    progress: Callable[[int], None] | None = None,
) -> FaceTrack:
    """Follow the most prominent face of the first frame.

    A frame's landmarks depend on the frames before it, never on batching.

    Args:
        progress: called with the number of frames done.
    """
    tracked: list[np.ndarray] = []
    reasons: list[str | None] = []
    previous: np.ndarray | None = None
    for done, frame in enumerate(frames, start=1):
        result, reason = _follow(frame, previous, networks)
        previous = None if result is None else result.points_px
        tracked.append(np.full((POINTS, 3), np.nan, np.float32) if result is None else result.points_px)
        reasons.append(reason)
        if progress is not None:
            progress(done)
    landmarks = np.stack(tracked) if tracked else np.empty((0, POINTS, 3), np.float32)
    return FaceTrack(landmarks, tuple(reasons))


def _follow(
    frame: np.ndarray, previous: np.ndarray | None, networks: FaceNetworks
) -> tuple[MeshResult | None, str | None]:
    if previous is not None:
        result = networks.mesh(frame, region_of_landmarks(previous))
        if result.presence >= MIN_PRESENCE:
            return result, None
    return find_face(frame, networks)
