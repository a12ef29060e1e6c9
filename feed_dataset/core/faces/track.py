"""Landmarks of one face through a clip: detect on the first frame and after a loss, else follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from feed_dataset.core.faces.detector import Detection
from feed_dataset.core.faces.geometry import face_box
from feed_dataset.core.faces.mesh import POINTS, MeshResult, region_of_detection, region_of_landmarks
from feed_dataset.core.faces.networks import FaceNetworks

NO_FACE = "no face detected"
UNSURE = "face detected but its landmarks are not confident"
MIN_PRESENCE = 0.5
# After a detection the region is rebuilt from the landmarks this many times, so that the first frame of a
# clip and a single image get the same landmarks as a face followed for long.
_SETTLING_PASSES = 2
_AS_LARGE = 0.8


@dataclass(frozen=True)
class FaceTrack:
    """Landmarks per frame; a frame without a face is NaN and says why."""

    landmarks_px: np.ndarray  # float32 [T, 468, 3], NaN where no face
    reasons: tuple[str | None, ...]  # None where valid

    @property
    def valid(self) -> np.ndarray:
        """bool [T]."""
        return np.array([reason is None for reason in self.reasons], dtype=bool)


def order_faces(
    detections: Sequence[Detection],
    image_hw: tuple[int, int],
    near_px: np.ndarray | None = None,  # [4] x0 y0 x1 y1, where the face was last seen
) -> list[Detection]:
    """Which face to take: first the one where it was last seen, else the largest, else the most central.

    Faces within 20 % of the largest's area count as equally large.
    """
    middle = np.array([image_hw[1], image_hw[0]]) / 2

    def off_centre(face: Detection) -> float:
        return float(np.linalg.norm((face.box_px[:2] + face.box_px[2:]) / 2 - middle))

    if not detections:
        return []
    largest = max(face.area_px2 for face in detections)
    large = [face for face in detections if face.area_px2 >= _AS_LARGE * largest]
    small = [face for face in detections if face.area_px2 < _AS_LARGE * largest]
    by_size = sorted(large, key=off_centre) + sorted(small, key=lambda face: -face.area_px2)
    if near_px is None:
        return by_size
    return sorted(by_size, key=lambda face: -_overlap(face.box_px, near_px))


def find_face(
    image: np.ndarray,  # uint8 [H, W, 3] RGB
    networks: FaceNetworks,
    near_px: np.ndarray | None = None,  # [4] x0 y0 x1 y1, where the face was last seen
) -> tuple[MeshResult | None, str | None]:
    """The most prominent face that has confident landmarks, and otherwise the reason why there is none."""
    ordered = order_faces(networks.detector(image), (image.shape[0], image.shape[1]), near_px)
    return first_confident(image, networks, ordered)


Find = Callable[[np.ndarray, np.ndarray | None], tuple[MeshResult | None, str | None]]
"""(frame uint8 [H, W, 3], box [4] where the face was last seen or None) -> the face, or why there is none."""


class FaceFollower:
    """Follows one face through frames that come one at a time.

    A frame's landmarks depend on the frames before it, never on batching.

    Args:
        near_px: box `[4]` x0 y0 x1 y1 of the face to begin with; without it the most prominent one.
        find: how a face is found where none is followed; None takes the nearest, else the most prominent.
    """

    def __init__(self, networks: FaceNetworks, near_px: np.ndarray | None = None, find: Find | None = None) -> None:
        self._networks = networks
        self._find = find or (lambda frame, near: find_face(frame, networks, near))
        self._previous: np.ndarray | None = None
        self._last_box_px = near_px

    def step(
        self,
        frame: np.ndarray,  # uint8 [H, W, 3] RGB
    ) -> tuple[MeshResult | None, str | None]:
        """The face in the next frame, or the reason why there is none."""
        result, reason = self._follow(frame)
        self._previous = None if result is None else result.points_px
        if result is not None:
            self._last_box_px = face_box(result.points_px)
        return result, reason

    def _follow(self, frame: np.ndarray) -> tuple[MeshResult | None, str | None]:
        if self._previous is not None:
            result = self._networks.mesh(frame, region_of_landmarks(self._previous))
            if result.presence >= MIN_PRESENCE:
                return result, None
        return self._find(frame, self._last_box_px)


def track_faces(
    frames: Iterable[np.ndarray],  # uint8 [T, H, W, 3] RGB
    *,
    networks: FaceNetworks,
    progress: Callable[[int], None] | None = None,
) -> FaceTrack:
    """Follow the most prominent face of the first frame.

    Args:
        progress: called with the number of frames done.
    """
    follower = FaceFollower(networks)
    tracked: list[np.ndarray] = []
    reasons: list[str | None] = []
    for done, frame in enumerate(frames, start=1):
        result, reason = follower.step(frame)
        tracked.append(np.full((POINTS, 3), np.nan, np.float32) if result is None else result.points_px)
        reasons.append(reason)
        if progress is not None:
            progress(done)
    landmarks = np.stack(tracked) if tracked else np.empty((0, POINTS, 3), np.float32)
    return FaceTrack(landmarks, tuple(reasons))


def first_confident(
    image: np.ndarray,  # uint8 [H, W, 3] RGB
    networks: FaceNetworks,
    detections: Sequence[Detection],
) -> tuple[MeshResult | None, str | None]:
    """The first of some detected faces that has confident landmarks, or why there is none."""
    for detection in detections:
        result = settle(image, networks, detection)
        if result.presence >= MIN_PRESENCE:
            return result, None
    return None, UNSURE if detections else NO_FACE


def settle(
    image: np.ndarray,  # uint8 [H, W, 3] RGB
    networks: FaceNetworks,
    detection: Detection,
) -> MeshResult:
    """Landmarks of a detected face, confident or not."""
    result = networks.mesh(image, region_of_detection(detection))
    for _ in range(_SETTLING_PASSES):
        result = networks.mesh(image, region_of_landmarks(result.points_px))
    return result


def _overlap(one_px: np.ndarray, other_px: np.ndarray) -> float:
    """Intersection over union of two boxes [4]."""
    low, high = np.maximum(one_px[:2], other_px[:2]), np.minimum(one_px[2:], other_px[2:])
    inner = float(np.prod(np.clip(high - low, 0, None)))
    return inner / max(float(np.prod(one_px[2:] - one_px[:2]) + np.prod(other_px[2:] - other_px[:2])) - inner, 1e-9)
