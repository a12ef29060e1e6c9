"""Small geometric and colour helpers on numpy arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def smoothstep(edge0: float | np.ndarray, edge1: float | np.ndarray, x: np.ndarray) -> np.ndarray:
    """Hermite step from 0 at `edge0` to 1 at `edge1`; `edge0 > edge1` gives a falling step."""
    t = np.clip((x - edge0) / (edge1 - edge0), 0, 1)
    return t * t * (3 - 2 * t)


def blob(points: np.ndarray, centre: ArrayLike, radius: ArrayLike) -> np.ndarray:
    """Gaussian bump, 1 at `centre`, with one radius per axis; points [..., 3] -> [...]."""
    offset = (points - np.asarray(centre, np.float32)) / np.asarray(radius, np.float32)
    return np.exp(-(offset * offset).sum(-1))


def mirrored_blob(points: np.ndarray, centre: ArrayLike, radius: ArrayLike) -> np.ndarray:
    """`blob` at both `centre` and its mirror image in x."""
    folded = points.copy()
    folded[..., 0] = np.abs(folded[..., 0])
    return blob(folded, centre, radius)


def srgb_to_linear(colour: ArrayLike) -> np.ndarray:
    """sRGB in [0, 1] to linear light."""
    c = np.asarray(colour, np.float32)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(colour: ArrayLike) -> np.ndarray:
    """Linear light to sRGB, clipped to [0, 1]."""
    c = np.clip(colour, 0, 1)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)


def rotation_deg(pitch: float = 0.0, yaw: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Rotation matrix [3, 3] = Ry(yaw) @ Rx(pitch) @ Rz(roll), about right-handed axes."""
    rx, ry, rz = np.radians([pitch, yaw, roll])
    cx, sx, cy, sy, cz, sz = np.cos(rx), np.sin(rx), np.cos(ry), np.sin(ry), np.cos(rz), np.sin(rz)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def normalised(vectors: np.ndarray, floor: float = 1e-9) -> np.ndarray:
    """Vectors [..., 3] scaled to unit length; those shorter than `floor` only shrink."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), floor)


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Area-weighted vertex normals [N, 3] of a triangle mesh; isolated vertices get zero."""
    corner, edge1, edge2 = (vertices[triangles[:, k]] for k in range(3))
    face_normals = np.cross(edge1 - corner, edge2 - corner)
    corners = triangles.T.ravel()
    summed = [np.bincount(corners, np.tile(face_normals[:, axis], 3), len(vertices)) for axis in range(3)]
    return normalised(np.stack(summed, 1).astype(vertices.dtype), 1e-12)


def fit_sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre [3] and radius of the algebraic least-squares sphere through points [N, 3]."""
    system = np.c_[2 * points, np.ones(len(points))]
    solution = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0]
    return solution[:3], float(np.sqrt(solution[3] + (solution[:3] ** 2).sum()))


def fit_affine(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares affine map [4, 3] from points [N, 3] to points [N, 3]; use with `apply_affine`."""
    return np.linalg.lstsq(np.c_[source, np.ones(len(source))], target, rcond=None)[0]


def apply_affine(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points [N, 3] through an affine map [4, 3]."""
    return np.c_[points, np.ones(len(points))] @ matrix


def transform(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points [..., 3] through a rigid or affine 4x4 matrix."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def grid_triangles(rows: int, columns: int) -> np.ndarray:
    """Triangles int32 [2 * rows * (columns - 1), 3] of a grid that wraps around in rows."""
    row, column = np.meshgrid(np.arange(rows), np.arange(columns - 1), indexing="ij")
    here = (row * columns + column).ravel()
    there = ((row + 1) % rows * columns + column).ravel()
    quads = np.stack([here, there, there + 1, here + 1], 1)
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def triangle_frames(
    vertices: np.ndarray,  # [N, 3]
    triangles: np.ndarray,  # int [n, 3]
    barycentric: np.ndarray,  # [n, 3]
) -> tuple[np.ndarray, np.ndarray]:
    """Points [n, 3] and orthonormal frames [n, 3, 3] on triangles; rows are edge, bitangent, normal."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    origins = a * barycentric[:, [0]] + b * barycentric[:, [1]] + c * barycentric[:, [2]]
    edge = normalised(b - a)
    normal = normalised(np.cross(b - a, c - a))
    return origins, np.stack([edge, np.cross(normal, edge), normal], 1)
