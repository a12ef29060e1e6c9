"""One person followed through frames that may show others: who it is, and who else is there.

Detection runs on the first frame, after a loss, and on every 25th frame besides: there the other faces are counted.
A face that comes and goes between two of these looks is not noticed. Among several faces identity decides, by distance
of descriptors: the given person's on the first frame, later the followed person's own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from feed_dataset.core.faces.detector import Detection
from feed_dataset.core.faces.geometry import face_box
from feed_dataset.core.faces.mesh import MeshResult
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.faces.seen import FacesSeen
from feed_dataset.core.faces.track import (
    MIN_PRESENCE,
    NO_FACE,
    UNSURE,
    FaceFollower,
    first_confident,
    order_faces,
    settle,
)

LOOK_EVERY = 25
SAME_PERSON = 0.6
"""Descriptors closer than this (L2) are one person's: dlib's own threshold, 99.4 % right on LFW."""
NOT_THE_ONE = "faces detected but none of them is the followed person"
_SAME_FACE = 0.5  # share of the smaller of two boxes that the other covers

Describe = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(frame uint8 [H, W, 3], landmarks [468, 3]) -> identity descriptor [D]."""


class PersonFollower:
    """Follows one person.

    Args:
        describe: identity of a face; called only where frames show several, or where the face was lost and another
            one may have taken its place.
        person: gives the descriptor of the person that is meant, or None for an unknown one: the most prominent face.
    """

    def __init__(
        self, networks: FaceNetworks, describe: Describe, person: Callable[[], np.ndarray | None] | None = None
    ) -> None:
        self._networks, self._describe, self._person = networks, describe, person
        self._follower = FaceFollower(networks, find=self._find)
        self._first: tuple[np.ndarray, np.ndarray] | None = None  # frame and landmarks
        self._identity: np.ndarray | None = None
        self._frames = 0
        self._has_looked = False
        self._seen = FacesSeen()

    @property
    def seen(self) -> FacesSeen:
        """What was found so far."""
        return self._seen

    def step(
        self,
        frame: np.ndarray,  # uint8 [H, W, 3] RGB
    ) -> tuple[MeshResult | None, str | None]:
        """The person in the next frame, or the reason why they are not there."""
        self._has_looked = False
        result, reason = self._follower.step(frame)
        if result is not None and self._first is None:
            self._first = frame, result.points_px
        if result is not None and self._frames % LOOK_EVERY == 0 and not self._has_looked:
            self._look(frame, result)
        self._frames += 1
        return result, reason

    def _find(self, frame: np.ndarray, near_px: np.ndarray | None) -> tuple[MeshResult | None, str | None]:
        """A face where none was followed: the first of all, or again after a loss."""
        self._has_looked = True
        detections = self._networks.detector(frame)
        ordered = order_faces(detections, (frame.shape[0], frame.shape[1]), near_px)
        if self._first is None and len(ordered) == 1:
            result, reason = first_confident(frame, self._networks, ordered)
            self._count(1 if result is not None else 0, is_twice=False)
            return result, reason
        faces = self._distinct(frame, ordered)
        if not faces:
            self._count(0, is_twice=False)
            return None, UNSURE if detections else NO_FACE
        if self._first is None:
            return self._begin(frame, faces)
        stayed = near_px is not None and _covered(face_box(faces[0].points_px), near_px) > _SAME_FACE
        if len(faces) == 1 and stayed:
            self._count(1, is_twice=False)
            return faces[0], None
        distances = self._distances(frame, faces, self._who())
        best = int(np.argmin(distances))
        self._count(len(faces), is_twice=_is_twice(distances, best))
        return (faces[best], None) if distances[best] < SAME_PERSON or stayed else (None, NOT_THE_ONE)

    def _begin(self, frame: np.ndarray, faces: list[MeshResult]) -> tuple[MeshResult | None, str | None]:
        best, is_twice = 0, False
        if len(faces) > 1:
            meant = None if self._person is None else self._person()
            if meant is not None:
                best = int(np.argmin(self._distances(frame, faces, meant)))
            self._identity = self._describe(frame, faces[best].points_px)
            is_twice = _is_twice(self._distances(frame, faces, self._identity), best)
        self._count(len(faces), is_twice=is_twice, is_chosen=len(faces) > 1)
        return faces[best], None

    def _look(self, frame: np.ndarray, followed: MeshResult) -> None:
        """Count who else is there."""
        box = face_box(followed.points_px)
        others = [one for one in self._networks.detector(frame) if _covered(one.box_px, box) <= _SAME_FACE]
        beside = [one for one in self._distinct(frame, others) if _covered(face_box(one.points_px), box) <= _SAME_FACE]
        distances = self._distances(frame, beside, self._who()) if beside else np.empty(0)
        self._count(1 + len(beside), is_twice=bool((distances < SAME_PERSON).any()))

    def _who(self) -> np.ndarray:
        """The followed person, as first seen."""
        if self._identity is None:
            assert self._first is not None  # nobody is compared before somebody was found
            self._identity = self._describe(*self._first)
        return self._identity

    def _distinct(self, frame: np.ndarray, detections: list[Detection]) -> list[MeshResult]:
        """Faces with confident landmarks, each once."""
        found: list[MeshResult] = []
        for detection in detections:
            result = settle(frame, self._networks, detection)
            box = face_box(result.points_px)
            is_known = any(_covered(box, face_box(one.points_px)) > _SAME_FACE for one in found)
            if result.presence >= MIN_PRESENCE and not is_known:
                found.append(result)
        return found

    def _distances(self, frame: np.ndarray, faces: list[MeshResult], person: np.ndarray) -> np.ndarray:
        descriptors = np.stack([self._describe(frame, one.points_px) for one in faces])
        distances: np.ndarray = np.linalg.norm(descriptors - person, axis=1)
        return distances

    def _count(self, faces: int, *, is_twice: bool, is_chosen: bool = False) -> None:
        seen = self._seen
        self._seen = FacesSeen(
            looked=seen.looked + 1,
            several=seen.several + (faces > 1),
            most=max(seen.most, faces),
            twice=seen.twice + is_twice,
            is_chosen=seen.is_chosen or is_chosen,
        )


def _is_twice(distances: np.ndarray, followed: int) -> bool:
    return bool((np.delete(distances, followed) < SAME_PERSON).any())


def _covered(one_px: np.ndarray, other_px: np.ndarray) -> float:
    """Share of the smaller of two boxes [4] that the other covers."""
    low, high = np.maximum(one_px[:2], other_px[:2]), np.minimum(one_px[2:], other_px[2:])
    inner = float(np.prod(np.clip(high - low, 0, None)))
    areas = [float(np.prod(np.clip(box[2:] - box[:2], 0, None))) for box in (one_px, other_px)]
    return inner / max(min(areas), 1e-9)
