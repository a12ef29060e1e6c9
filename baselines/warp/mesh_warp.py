"""The source's face as a mesh in three dimensions that moves as the driver's: no training, no network that draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from baselines.interface.method import Chunk, Driver
from baselines.warp.face_motion import moved_as
from baselines.warp.mouth import fill_mouth
from baselines.warp.pieces import draw, face_triangles, facing
from baselines.warp.surroundings import Surroundings
from baselines.warp.tracked import TrackedMethod


@dataclass(frozen=True, eq=False)
class PreparedMesh:
    """The source image, its landmarks and what lies around them."""

    image: np.ndarray  # uint8 [S, S, 3]
    points_px: np.ndarray  # float64 [468, 3]
    surroundings: Surroundings


class MeshWarp(TrackedMethod):
    """Draws the source's 468-point mesh, triangle by triangle, where the driver's motion takes it.

    The head turns and the face changes by what the driver does away from its own first frame. Triangles are affine
    pieces of the source image, drawn by depth, so that a turning nose hides the cheek behind it. Lids close because
    the eye between them shrinks; an opening mouth shows the source's own mouth, else the driver's in the source's
    light, else darkness. Hair and background are stretched between the face and the image's border. In a driver frame
    without a face the frame before it stays.

    Where head poses are given, the head stands as they say, and the driver moves the rest.
    """

    name = "mesh-warp"
    capabilities = replace(
        TrackedMethod.capabilities, drives=frozenset({"image", "pose"}), requires=frozenset({"image"})
    )

    def prepare(self, source: np.ndarray) -> PreparedMesh:
        points = self.source_landmarks(source)
        return PreparedMesh(source, points, Surroundings.of(points[:, :2], source.shape[0]))

    def drive(self, prepared: PreparedMesh, driver: Driver) -> Iterator[Chunk]:
        landmarks, valid = self.driver_landmarks(driver)
        targets = self._targets(prepared, landmarks, landmarks[int(np.argmax(valid))], driver.pose)
        assert driver.frames is not None
        shown = prepared.image
        for frame, points, target in zip(driver.frames, landmarks, targets, strict=True):
            if np.isfinite(target).all():
                shown = render(prepared, target, frame, points[:, :2])
            yield Chunk(shown[None].copy())

    def _targets(
        self,
        prepared: PreparedMesh,
        landmarks_px: np.ndarray,  # float [T, 468, 3], NaN where there is no face
        neutral_px: np.ndarray,  # float [468, 3]
        pose: np.ndarray | None,  # float [T, 3, 3]
    ) -> np.ndarray:  # float [T, 468, 3]
        return moved_as(prepared.points_px, landmarks_px, neutral_px, pose)


class MeshWarpAbsolute(MeshWarp):
    """The same mesh drawn at the driver's own landmarks: its pose and expression exactly, and its face's shape."""

    name = "mesh-warp-absolute"
    capabilities = replace(TrackedMethod.capabilities, motion="absolute")

    def _targets(
        self, prepared: PreparedMesh, landmarks_px: np.ndarray, neutral_px: np.ndarray, pose: np.ndarray | None
    ) -> np.ndarray:
        return landmarks_px


def render(
    prepared: PreparedMesh,
    target_px: np.ndarray,  # float [468, 3]
    driver_frame: np.ndarray,  # uint8 [S, S, 3]
    driver_px: np.ndarray,  # float [468, 2]
) -> np.ndarray:  # uint8 [S, S, 3]
    """One frame: surroundings, inside of the mouth, face by depth."""
    source, target = prepared.points_px[:, :2], target_px[:, :2]
    around = prepared.surroundings
    canvas = prepared.image.copy()
    draw(canvas, prepared.image, around.points(source), around.moved(source, target), around.triangles)
    fill_mouth(canvas, target, (prepared.image, source), (driver_frame, driver_px))
    draw(canvas, prepared.image, source, target, facing(prepared.points_px, target_px, face_triangles()))
    return canvas
