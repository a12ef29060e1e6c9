"""The landmark detectors behind one interface: which point means what, and how to read them from features.

Left and right are the subject's own. `mesh468` is MediaPipe's face mesh at 192 px (numbering in `mesh_indices`),
`mesh478` its successor at 256 px with the same first 468 points and ten iris points, `landmarks68` a three-dimensional
net with the 68 points of the iBUG scheme (jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, outer lips 48-59, inner lips
60-67).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmark.features.types.case import FaceFeatures
from feed_dataset.core.faces import mesh_indices


@dataclass(frozen=True, eq=False)
class LandmarkSet:
    """One detector's landmarks.

    Args:
        name: in brackets of metric ids; also the id of the feature that holds them.
        count: number of points.
        mouth_corners: indices of the (right, left) corner of the mouth.
        eye_corners: indices of the (right, left) outer corner of the eye.
        mouth: indices of all lip points.
        face: indices of all points of the face.
        rigid: indices of points that expressions hardly move; head pose is fitted to them.
        canonical: gives float64 [count, 3], a neutral head that looks straight ahead: x to the subject's left, y up,
            z to the front.
    """

    name: str
    count: int
    mouth_corners: tuple[int, int]
    eye_corners: tuple[int, int]
    mouth: np.ndarray
    face: np.ndarray
    rigid: tuple[int, ...]
    canonical: Callable[[], np.ndarray]

    def __repr__(self) -> str:
        return f"LandmarkSet({self.name}, {self.count} points)"

    def of(self, features: FaceFeatures) -> np.ndarray | None:
        """Landmarks [T, count, 3] in px (x right, y down, z away), NaN where missing; None when not computed."""
        return features.landmarks_px if self is MESH468 else features.array(self.name)


def _mesh() -> np.ndarray:
    from feed_dataset.core.faces.geometry import template

    return template()[0]


def _mesh_at_68() -> np.ndarray:
    from feed_dataset.synthetic.rig.landmarks import MESH_TO_68

    return _mesh()[list(MESH_TO_68)]


MESH468 = LandmarkSet(
    name="mesh468",
    count=468,
    mouth_corners=(mesh_indices.RIGHT_MOUTH_CORNER, mesh_indices.LEFT_MOUTH_CORNER),
    eye_corners=(mesh_indices.RIGHT_EYE_OUTER, mesh_indices.LEFT_EYE_OUTER),
    mouth=mesh_indices.MOUTH,
    face=mesh_indices.FACE,
    rigid=mesh_indices.STABLE,
    canonical=_mesh,
)

MESH478 = replace(MESH468, name="mesh478", count=478, canonical=lambda: np.concatenate([_mesh(), np.zeros((10, 3))]))
"""The irises are in no index set: their places on the canonical head do not matter."""

LANDMARKS68 = LandmarkSet(
    name="landmarks68",
    count=68,
    mouth_corners=(48, 54),
    eye_corners=(36, 45),
    mouth=np.arange(48, 68),
    face=np.arange(68),
    rigid=(0, 16, 27, 28, 29, 30, 36, 39, 42, 45),  # ends of the jaw line at the ears, bridge of the nose, eye corners
    canonical=_mesh_at_68,
)

LANDMARK_SETS = {one.name: one for one in (MESH468, MESH478, LANDMARKS68)}
