"""Shadow map of the key light: an orthographic depth picture of skin, hair and beard."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from feed_dataset.synthetic.render.light import KEY_DIRECTION
from feed_dataset.synthetic.render.raster import rasterise_depth
from feed_dataset.synthetic.render.strands import expand_ribbons, ribbon_triangles
from feed_dataset.synthetic.scene.cameras import view_rotation
from feed_dataset.synthetic.scene.types import FrameGeometry, Strands

HALF_EXTENT_DM = 1.75  # covers head and collar
CENTRE_DM = (0.0, -0.1, 0.1)  # of the map, in head coordinates
CASTERS = ("hair", "beard")

# Long hair has 10^5 segments; a fifth of them, wider, casts the same soft shadow.
MANY_STRANDS = 6000
KEPT_STRANDS = 5000
WIDENING = 1.6
MANY_POINTS = 8
KEPT_POINTS = 7


class ShadowMap(NamedTuple):
    """The nearest surface as the key light sees it."""

    world_to_map: np.ndarray  # float32 [4, 4] world dm -> column px, row px, distance dm
    nearest: np.ndarray  # float32 [n, n] distance, FAR where empty


def _world_to_map(centre: np.ndarray, size_px: int) -> np.ndarray:
    """Matrix float64 [4, 4] from world to map pixels and distance from a point 8 dm towards the light."""
    eye = centre + 8.0 * np.array(KEY_DIRECTION)
    scale = size_px / 2 / HALF_EXTENT_DM
    matrix = np.eye(4)
    matrix[:3, :3] = view_rotation(eye, centre)
    matrix[:3, 3] = -matrix[:3, :3] @ eye
    matrix[:2] *= scale
    matrix[:2, 3] += size_px / 2
    return matrix


def _thinned(kind: str, strands: Strands) -> Strands:
    points, width, tint, ao = strands.points, strands.width, strands.tint, strands.ao
    if kind == "hair" and len(points) > MANY_STRANDS:
        step = len(points) // KEPT_STRANDS
        points, width, tint, ao = (
            points[::step],
            width[::step] * np.float32(WIDENING),
            tint[::step],
            ao[::step],
        )
    if points.shape[1] > MANY_POINTS:
        keep = np.linspace(0, points.shape[1] - 1, KEPT_POINTS).astype(int)
        points, ao = points[:, keep], ao[:, keep]
    return Strands(np.ascontiguousarray(points), np.ascontiguousarray(width), tint, ao)


def shadow_map(
    geometry: FrameGeometry,
    skin_triangles: np.ndarray,  # int32 [T, 3]
    size_px: int,
    threads: int,
) -> ShadowMap:
    """Depth map of everything that casts a shadow; its window follows the head."""
    centre = np.array(CENTRE_DM) + geometry.head_matrix[:3, 3]
    towards_light = centre + 30.0 * np.array(KEY_DIRECTION)
    positions, triangles = [geometry.skin_positions], [skin_triangles]
    first = len(geometry.skin_positions)
    for kind in CASTERS:
        if kind not in geometry.strands:
            continue
        strands = _thinned(kind, geometry.strands[kind])
        count, points = strands.points.shape[:2]
        vertices = count * points * 2
        ribbons, tangents = np.empty((vertices, 3), np.float32), np.empty((vertices, 3), np.float32)
        expand_ribbons(strands, towards_light, 0.0, ribbons, tangents, np.empty(vertices, np.float32), threads)
        positions.append(ribbons)
        triangles.append(ribbon_triangles(count, points) + np.int32(first))
        first += vertices
    matrix = _world_to_map(centre, size_px).astype(np.float32)
    mapped = np.concatenate(positions) @ matrix[:3, :3].T + matrix[:3, 3]
    xy, distance = np.ascontiguousarray(mapped[:, :2]), np.ascontiguousarray(mapped[:, 2])
    return ShadowMap(matrix, rasterise_depth(np.concatenate(triangles), xy, distance, size_px, threads))
