"""Minimal numba z-buffer rasteriser: triangle ids and perspective-correct barycentrics.

Used to bake texture atlases and ambient occlusion; the image renderer has its own.
"""

from __future__ import annotations

import numba
import numpy as np

# Kernels are single-threaded: they run while a person is built, and people are built in parallel processes.
# Numba's own threads would not survive a fork, and compiling for them takes several times longer.


@numba.njit(nogil=True, fastmath=True, cache=True)
def _rasterise(xy, z, w, triangles, ids, barycentric, depth):  # type: ignore[no-untyped-def]
    height, width = ids.shape
    for t in range(triangles.shape[0]):
        i0, i1, i2 = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if w[i0] <= 0 or w[i1] <= 0 or w[i2] <= 0:
            continue
        ax, ay = xy[i0, 0], xy[i0, 1]
        bx, by = xy[i1, 0], xy[i1, 1]
        cx, cy = xy[i2, 0], xy[i2, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0:
            continue
        inverse_area = 1.0 / area
        y_start = max(0, int(np.floor(min(ay, by, cy))))
        y_end = min(height - 1, int(np.ceil(max(ay, by, cy))))
        x_start = max(0, int(np.floor(min(ax, bx, cx))))
        x_end = min(width - 1, int(np.ceil(max(ax, bx, cx))))
        for y in range(y_start, y_end + 1):
            py = y + 0.5
            for x in range(x_start, x_end + 1):
                px = x + 0.5
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inverse_area
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inverse_area
                q = 1.0 - u - v
                if u < 0 or v < 0 or q < 0:
                    continue
                pixel_z = u * z[i0] + v * z[i1] + q * z[i2]
                if pixel_z < depth[y, x]:
                    depth[y, x] = pixel_z
                    ids[y, x] = t
                    a = u * w[i0]
                    b = v * w[i1]
                    c = q * w[i2]
                    s = 1.0 / (a + b + c)
                    barycentric[y, x, 0] = a * s
                    barycentric[y, x, 1] = b * s


@numba.njit(nogil=True, fastmath=True, cache=True)
def _interpolate(attributes, triangles, ids, barycentric, out):  # type: ignore[no-untyped-def]
    height, width = ids.shape
    for y in range(height):
        for x in range(width):
            t = ids[y, x]
            if t < 0:
                continue
            i0, i1, i2 = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u = barycentric[y, x, 0]
            v = barycentric[y, x, 1]
            q = 1 - u - v
            for c in range(attributes.shape[1]):
                out[y, x, c] = u * attributes[i0, c] + v * attributes[i1, c] + q * attributes[i2, c]


def _single(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32)  # every other signature would be compiled anew


def _indices(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.int32)


def gbuffer(
    xy: np.ndarray,  # [N, 2] pixel coordinates, pixel centres at .5
    z: np.ndarray,  # [N] depth, smaller is nearer
    w: np.ndarray,  # [N] 1 / clip w; 1 for parallel projection
    triangles: np.ndarray,  # int32 [T, 3]
    height: int,
    width: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rasterise a mesh.

    Returns:
        Triangle ids int32 [H, W] (-1 = empty), barycentric u, v float32 [H, W, 2], depth float32 [H, W].
    """
    ids = np.full((height, width), -1, np.int32)
    barycentric = np.zeros((height, width, 2), np.float32)
    depth = np.full((height, width), np.inf, np.float32)
    _rasterise(_single(xy), _single(z), _single(w), _indices(triangles), ids, barycentric, depth)
    return ids, barycentric, depth


def interpolate(
    attributes: np.ndarray,  # [N, C] per vertex
    triangles: np.ndarray,  # int32 [T, 3]
    ids: np.ndarray,  # int32 [H, W]
    barycentric: np.ndarray,  # float32 [H, W, 2]
) -> np.ndarray:
    """Vertex attributes at each pixel, float32 [H, W, C]; 0 where empty."""
    out = np.zeros((*ids.shape, attributes.shape[1]), np.float32)
    _interpolate(_single(attributes), _indices(triangles), ids, barycentric, out)
    return out
