"""Eyeballs: the unit mesh, where a person's eyes sit, and their state in a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from feed_dataset.synthetic.rig.assets import HeadAssets
from feed_dataset.synthetic.scene.types import SIDES, EyeGeometry, EyeMesh
from feed_dataset.synthetic.scene.vectors import fit_sphere, grid_triangles, rotation_deg, transform, vertex_normals

_MERIDIANS, _PARALLELS = 36, 28
_CORNEA_DEG = 33.0
_CORNEA_BULGE = 0.035  # of the radius
_RECESS = 0.05  # of the radius: keeps the eyeball inside the lids
_MAX_SHIFT = 0.10  # of the radius: more pokes through the lids
_LID_DISTANCE = 1.015  # of the radius: where lids slide on the eyeball
_SOCKET_DISTANCE = 1.0  # at most, so that the lining does not come out through the lids
_LID_FRONT = 0.35  # cosine to the front from which on skin is a lid, not the socket behind the eyeball
LID_ROWS = (0, 1)  # lash grids per eye: lower, upper


@dataclass(frozen=True)
class Eyeball:
    """Where one eyeball sits in neutral head space."""

    centre: np.ndarray  # float64 [3]
    radius: float


def _bulge(polar_rad: np.ndarray) -> np.ndarray:
    """Height of the cornea over the unit sphere at angles from the gaze."""
    return _CORNEA_BULGE * np.clip(1 - (polar_rad / np.radians(_CORNEA_DEG)) ** 2, 0, 1) ** 1.5


def eyeball_mesh() -> EyeMesh:
    """Unit eyeball with a corneal bulge, open at the back."""
    polar, azimuth = np.meshgrid(
        np.linspace(0, np.pi * 0.72, _PARALLELS), np.linspace(0, 2 * np.pi, _MERIDIANS, endpoint=False)
    )
    direction = np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)], -1)
    vertices = (direction * (1 + _bulge(polar))[..., None]).reshape(-1, 3).astype(np.float32)
    triangles = grid_triangles(_MERIDIANS, _PARALLELS)
    normals = vertex_normals(vertices, triangles)
    normals[np.linalg.norm(normals, axis=1) < 0.5] = [0, 0, 1]
    outward = np.sign((normals * vertices).sum(1, keepdims=True))
    return EyeMesh(vertices, (normals * outward).astype(np.float32), triangles)


def lid_middle(vertices: np.ndarray, lash_grid: np.ndarray) -> np.ndarray:
    """Middle of a lid rim [3]: mean of the middle third of its lash roots."""
    roots = vertices[lash_grid[0]]
    third = len(roots) // 3
    return roots[third : 2 * third + 1].mean(0)


def place_eyeballs(
    assets: HeadAssets,
    neutral: np.ndarray,  # float32 [N, 3], base vertices in head space
    lash_grids: Mapping[tuple[str, int], np.ndarray],
) -> dict[str, Eyeball]:
    """Eyeballs per side, fitted to the eye helper, recessed, and moved a little to where the lids are."""
    eyeballs = {}
    for side in SIDES:
        centre, radius = fit_sphere(neutral[assets.group_vertices(f"helper-{side}-eye")])
        lower, upper = (lid_middle(neutral, lash_grids[side, row]) for row in LID_ROWS)
        shift = (lower[1] + upper[1]) / 2 - (centre[1] + 0.03 * radius)
        limit = _MAX_SHIFT * radius
        eyeballs[side] = Eyeball(centre + np.array([0, np.clip(shift, -limit, limit), -_RECESS * radius]), radius)
    return eyeballs


def keep_off_eyeball(
    points: np.ndarray,  # float [P, 3], skin in world space; changed in place
    lids: np.ndarray,  # int [n], which of them are the outside of this eye's lids
    socket: np.ndarray,  # int [m], which of them line the socket
    eyeball: Eyeball,
    gaze_deg: tuple[float, float],  # yaw, pitch
    head_matrix: np.ndarray,  # float32 [4, 4]
) -> None:
    """Push lids that strong expressions moved into the front of the eyeball out of it, and the socket into it."""
    centre, front = transform(eyeball.centre, head_matrix), head_matrix[:3, 2]
    gaze = head_matrix[:3, :3] @ rotation_deg(gaze_deg[1], gaze_deg[0])[:, 2]
    for chosen, low, high in ((lids, _LID_DISTANCE, np.inf), (socket, 0.0, _SOCKET_DISTANCE)):
        offset = points[chosen] - centre
        distance = np.linalg.norm(offset, axis=1)
        bulge = _bulge(np.arccos(np.clip(offset @ gaze / np.maximum(distance, 1e-6), -1, 1)))
        wanted = np.clip(distance, (low + bulge * (low > 0)) * eyeball.radius, high * eyeball.radius)
        moved = (offset @ front > _LID_FRONT * distance) & (wanted != distance)
        scale = wanted[moved] / np.maximum(distance[moved], 1e-6)
        points[chosen[moved]] += (offset[moved] * (scale - 1)[:, None]).astype(points.dtype)


def pose_eye(
    mesh: EyeMesh,
    eyeball: Eyeball,
    gaze_deg: tuple[float, float],  # yaw, pitch
    head_matrix: np.ndarray,  # float32 [4, 4]
    lid_middles: tuple[np.ndarray, np.ndarray],  # lower, upper; world space [3]
) -> EyeGeometry:
    """One eyeball in world space."""
    yaw, pitch = gaze_deg
    rotation = head_matrix[:3, :3] @ rotation_deg(pitch, yaw)
    centre = transform(eyeball.centre, head_matrix)
    up = head_matrix[:3, 1]
    lower, upper = (float((m - centre) @ up / np.linalg.norm(m - centre)) for m in lid_middles)
    vertices = (mesh.vertices * eyeball.radius) @ rotation.T + centre
    return EyeGeometry(vertices.astype(np.float32), rotation, centre, eyeball.radius, up, (lower, upper))
