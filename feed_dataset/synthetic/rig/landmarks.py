"""Exact facial landmarks: skin points in the order of MediaPipe's face mesh, and the 68-point subset.

The places were found once: MediaPipe's mesh on renders of eight people in eight poses, looked up in template
coordinates, median, made symmetric, projected to the mesh. `data/landmarks478.npz` keeps them (`canonical`)
and, for each level of detail, the triangles and weights that `embed_landmarks` found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.npz import save_npz

if TYPE_CHECKING:
    from feed_dataset.synthetic.rig.head import Head, SharedTopology
    from feed_dataset.synthetic.scene.types import Expression, EyeGeometry, FrameGeometry

DATA_PATH = Path(__file__).parent / "data" / "landmarks478.npz"
MESH_LANDMARKS = 468
LANDMARKS = 478
EMBEDDED_LEVELS = (0, 1, 2)

# fmt: off
MESH_TO_68: tuple[int, ...] = (
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,  # jaw, right to left
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301,  # brows
    168, 197, 5, 4, 75, 97, 2, 326, 305,  # nose: bridge, nostrils
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,  # eyes: right, left
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,  # outer lips
    78, 82, 13, 312, 308, 317, 14, 87,  # inner lips
)
"""Mesh landmark of each of the 68 points of the iBUG scheme."""
# fmt: on

_IRIS_RADIUS = 0.475  # of the unit eyeball, as the renderer draws it
_IRIS_HEIGHT = float(np.sqrt(1 - _IRIS_RADIUS**2))
_IRIS_POINTS = np.array(  # centre (on the cornea), then the rim at MediaPipe's four corners
    [
        [0, 0, 1.03],
        [_IRIS_RADIUS, 0, _IRIS_HEIGHT],
        [0, _IRIS_RADIUS, _IRIS_HEIGHT],
        [-_IRIS_RADIUS, 0, _IRIS_HEIGHT],
        [0, -_IRIS_RADIUS, _IRIS_HEIGHT],
    ]
)
_CANDIDATES = 512  # triangles with the nearest centroids that are searched for the closest point
_EQUALLY_NEAR_DM = 1e-5  # a micrometre: above what rounding makes of it, below what anybody sees
_IRIS_ORDER = ("r", "l")  # 468..472 are the subject's right iris, 473..477 the left one


class LandmarkError(FeedError):
    """The landmarks do not belong to this mesh."""


@dataclass(frozen=True, eq=False)
class LandmarkEmbedding:
    """The 468 mesh landmarks as weighted corners of skin triangles."""

    corners: np.ndarray  # int32 [468, 3] render vertices
    weights: np.ndarray  # float32 [468, 3], sum 1

    def __call__(
        self,
        positions: np.ndarray,  # [V, 3] of the skin's render vertices
    ) -> np.ndarray:  # [468, 3]
        """Landmark positions on a deformed skin."""
        return (positions[self.corners] * self.weights[..., None]).sum(1)


@cache
def _stored() -> dict[str, np.ndarray]:
    with np.load(DATA_PATH) as archive:
        return {name: archive[name] for name in archive.files}


def canonical_landmarks() -> np.ndarray:  # float64 [468, 3] dm
    """The mesh landmarks on the neutral template head, in template coordinates."""
    return _stored()["canonical"].copy()


@cache
def landmark_embedding(level: int) -> LandmarkEmbedding:
    """The embedding for skins of one subdivision level.

    Raises:
        LandmarkError: there is none for this level.
    """
    if level not in EMBEDDED_LEVELS:
        known = ", ".join(map(str, EMBEDDED_LEVELS))
        raise LandmarkError(f"expected a subdivision level with landmarks ({known}) but got {level}; use one of them")
    stored = _stored()
    return LandmarkEmbedding(stored[f"corners_{level}"], stored[f"weights_{level}"])


def iris_landmarks(eyes: Mapping[str, EyeGeometry]) -> np.ndarray:  # float64 [10, 3] world dm
    """Centre and rim of the subject's right, then left iris."""
    points = []
    for side in _IRIS_ORDER:
        eye = eyes[side]
        points.append(eye.centre + eye.radius * _IRIS_POINTS @ np.asarray(eye.rotation).T)
    return np.concatenate(points)


def world_landmarks(geometry: FrameGeometry, head: Head) -> np.ndarray:  # float32 [478, 3] dm
    """All landmarks of one instant in world space: 468 on the skin, then 2 x 5 of the irises.

    Raises:
        LandmarkError: no embedding for the head's subdivision level.
    """
    skin = landmark_embedding(head.topology.level)(geometry.skin_positions)
    return np.concatenate([skin, iris_landmarks(geometry.eyes)]).astype(np.float32)


def posed_landmarks(expression: Expression, head: Head) -> np.ndarray:  # float32 [478, 3] dm
    """The same without all else that a head is drawn of: of one pose, the numbers of `world_landmarks`.

    Raises:
        LandmarkError: no embedding for the head's subdivision level.
        AssetsError: the expression names an unknown coefficient or unit.
    """
    skin, eyes = head.bare(expression)
    return np.concatenate([landmark_embedding(head.topology.level)(skin), iris_landmarks(eyes)]).astype(np.float32)


def face_triangles(topology: SharedTopology) -> np.ndarray:  # int32 [F, 3]
    """Triangles of the outer skin of the head, where landmarks may lie: no mouth cavity, no torso."""
    triangles = topology.triangles
    on_face = (topology.head_flag[triangles] > 0.5).all(1) & (topology.mouth[triangles].max(1) < 0.1)
    return triangles[on_face]


def embed_landmarks(
    topology: SharedTopology,
    landmarks: np.ndarray,  # [N, 3] template coordinates
    settled: LandmarkEmbedding | None = None,
) -> LandmarkEmbedding:
    """The closest points of the template's face to `landmarks`.

    The face is symmetric: what lies in its middle has a closest point on the left and one on the right, and rounding,
    which is the processor's own, would choose. So triangles that are equally near, within a micrometre, are told apart
    by a rule: the one that `settled` has, else the first in the mesh's order.

    Args:
        settled: the embedding of the same landmarks that is in use. Of an unchanged mesh it comes back as it is.

    This is how the stored embeddings are made (`scripts/compile_landmarks.py`).
    """
    triangles = face_triangles(topology)
    corners = topology.canonical[triangles].astype(np.float64)  # [F, 3, 3]
    chosen = np.empty((len(landmarks), 3), np.int32)
    weights = np.empty((len(landmarks), 3), np.float32)
    centroids = corners.mean(1)
    for number, point in enumerate(landmarks):
        # Sorted, because the order that argpartition leaves depends on the processor's instructions.
        near = np.sort(np.argpartition(((centroids - point) ** 2).sum(1), _CANDIDATES)[:_CANDIDATES])
        barycentric, distance = _closest_on_triangles(point, corners[near])
        equal = np.flatnonzero(distance <= distance.min() + _EQUALLY_NEAR_DM)
        best = int(equal[0])
        if settled is not None:
            is_settled = (triangles[near[equal]] == settled.corners[number]).all(1)
            best = int(equal[np.argmax(is_settled)])  # the first one where none is
        chosen[number], weights[number] = triangles[near[best]], barycentric[best]
    return LandmarkEmbedding(chosen, weights)


def _closest_on_triangles(
    point: np.ndarray,  # [3]
    corners: np.ndarray,  # [F, 3, 3]
) -> tuple[np.ndarray, np.ndarray]:  # barycentric [F, 3], distance [F]
    """Closest point of each triangle: foot of the perpendicular if inside, else the best of three edges."""
    edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    offset = point - corners[:, 0]
    a, b, c = ((p * q).sum(1) for p, q in ((edge1, edge1), (edge1, edge2), (edge2, edge2)))
    d, e = (offset * edge1).sum(1), (offset * edge2).sum(1)
    determinant = np.maximum(a * c - b * b, 1e-18)
    second, third = (c * d - b * e) / determinant, (a * e - b * d) / determinant
    inside = np.stack([1 - second - third, second, third], 1)
    candidates = [np.where(np.all(inside >= 0, 1, keepdims=True), inside, np.nan)]
    for first, last in ((0, 1), (1, 2), (2, 0)):
        edge = corners[:, last] - corners[:, first]
        along = ((point - corners[:, first]) * edge).sum(1) / np.maximum((edge * edge).sum(1), 1e-18)
        on_edge = np.zeros_like(inside)
        on_edge[:, last] = np.clip(along, 0, 1)
        on_edge[:, first] = 1 - on_edge[:, last]
        candidates.append(on_edge)
    barycentric = np.stack(candidates)  # [4, F, 3]
    distance = np.linalg.norm((barycentric[..., None] * corners).sum(2) - point, axis=-1)
    best = np.nanargmin(distance, 0)
    rows = np.arange(len(corners))
    return barycentric[best, rows], distance[best, rows]


def save_embeddings(
    path: Path,
    canonical: np.ndarray,  # float64 [468, 3]
    topologies: dict[int, SharedTopology],  # by level
) -> None:
    """Write the data file that `landmark_embedding` reads, atomically. What it says now decides between equals."""
    arrays = {"canonical": canonical}
    for level, topology in topologies.items():
        embedding = embed_landmarks(topology, canonical, landmark_embedding(level))
        arrays |= {f"corners_{level}": embedding.corners, f"weights_{level}": embedding.weights}
    save_npz(path, arrays)
