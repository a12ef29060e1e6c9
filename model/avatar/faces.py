"""Which face of a picture: all that are there, the one that is meant, and the square around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from feed_dataset.core.faces.crop import CropBox, crop_box
from feed_dataset.core.faces.geometry import face_box
from feed_dataset.core.faces.mesh import region_of_detection, region_of_landmarks
from feed_dataset.core.faces.networks import FaceNetworks
from feed_dataset.core.faces.track import MIN_PRESENCE, NO_FACE, UNSURE, FaceFollower, order_faces
from feed_dataset.core.jobs.errors import NoFaceError
from model.networks.errors import ModelError


@dataclass(frozen=True, repr=False)
class Face:
    """One face of a picture. Numbers count from 1, the most prominent first."""

    number: int
    count: int  # faces in the picture
    landmarks_px: np.ndarray  # float32 [468, 3]

    @property
    def box_px(self) -> np.ndarray:
        """[4] x0 y0 x1 y1."""
        return face_box(self.landmarks_px)

    def crop(self, image_hw: tuple[int, int]) -> CropBox:
        """The square that the models are given."""
        return crop_box(self.landmarks_px, image_hw)

    def __repr__(self) -> str:
        x0, y0, x1, y1 = (round(float(value)) for value in self.box_px)
        return f"Face({self.number} of {self.count}, x {x0} to {x1}, y {y0} to {y1})"


class FaceFinder:
    """Finds faces with the networks of the weights registry, loaded on first use. One per thread."""

    @cached_property
    def networks(self) -> FaceNetworks:
        return FaceNetworks.load()

    def all(
        self,
        image: np.ndarray,  # uint8 [H, W, 3] RGB
    ) -> list[Face]:
        """Every face with confident landmarks; the most prominent first: large ones, among them the most central.

        Raises:
            NoFaceError: there is none.
        """
        detections = order_faces(self.networks.detector(image), (image.shape[0], image.shape[1]))
        found = []
        for detection in detections:
            result = self.networks.mesh(image, region_of_detection(detection))
            result = self.networks.mesh(image, region_of_landmarks(result.points_px))
            if result.presence >= MIN_PRESENCE:
                found.append(result.points_px)
        if not found:
            height, width = image.shape[:2]
            raise NoFaceError(f"{UNSURE if detections else NO_FACE} in the {width} x {height} picture")
        return [Face(number, len(found), points) for number, points in enumerate(found, start=1)]

    def choose(
        self,
        image: np.ndarray,  # uint8 [H, W, 3] RGB
        number: int | None = None,
    ) -> Face:
        """The face of that number, or the most prominent one.

        Raises:
            NoFaceError: there is no face.
            ModelError: there are not that many faces; lists those that are there.
        """
        faces = self.all(image)
        if number is None:
            return faces[0]
        if not 1 <= number <= len(faces):
            raise ModelError(f"expected a face from 1 to {len(faces)} but got {number}; there are: {faces}")
        return faces[number - 1]

    def follow(self, first: Face) -> FaceFollower:
        """Follows this face through a video from the frame in which it was found."""
        return FaceFollower(self.networks, first.box_px)


def describe_choice(face: Face, file_name: str, option: str) -> str | None:
    """What a person should know when a picture shows several faces; None for one face."""
    if face.count == 1:
        return None
    x0, y0, x1, y1 = (round(float(value)) for value in face.box_px)
    return (
        f"{file_name}: {face.count} faces; taking number {face.number} (x {x0} to {x1}, y {y0} to {y1});"
        f" choose another with {option} N"
    )
