"""Z-buffer rasteriser: projection, binning into bands of rows, nearest triangle and barycentrics per sample.

"Screen depth" here is -1 / distance: linear on the screen, smaller is nearer.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from feed_dataset.synthetic.render.jit import exact_kernel, helper, kernel, run_chunks
from feed_dataset.synthetic.render.strand_alpha import strand_alpha, strand_stands_out

FAR = 1e30
"""Depth of an empty sample. Finite, because compiled code may assume that there are no infinities."""

OPAQUE = 0.004
"""Less of a solid than this is not worth looking for behind strands."""

UNLIKELY = 1.0
"""Added to the depth of strands that only stand for their layer where no other does; screen depths are negative."""

BAND_ROWS = 48
_DEPTH_STEPS = 65535
VERTEX_CHUNK = 65536


class GBuffer(NamedTuple):
    """What each sample sees: the nearest solid, and the strands in front of it as one translucent layer.

    Rows and columns are those of the supersampled picture.
    """

    triangle: np.ndarray  # int32 [h, w], -1 where empty
    u: np.ndarray  # float32 [h, w] perspective-correct weight of the triangle's first corner
    v: np.ndarray  # float32 [h, w] of its second corner
    depth: np.ndarray  # float32 [h, w] screen depth, FAR where empty
    strand: np.ndarray  # int32 [h, w] triangle of the strand that stands for the layer, -1 where there is none
    strand_u: np.ndarray  # float32 [h, w]
    strand_v: np.ndarray  # float32 [h, w]
    strand_depth: np.ndarray  # float32 [h, w] screen depth, FAR where there is none
    clear: np.ndarray  # float32 [h, w] share of the solid that is seen through the strands


class ProjectedVertices(NamedTuple):
    """Vertices on the screen."""

    xy: np.ndarray  # float32 [V, 2] px of the supersampled picture
    depth: np.ndarray  # float32 [V] screen depth; positive or NaN marks points behind the camera


class StrandCoverage(NamedTuple):
    """How much of what is behind them strands hide. Arrays start at the first strand."""

    first_triangle: int
    first_vertex: int
    side: np.ndarray  # float32 [v] -1 left edge of the ribbon, +1 right edge
    share: np.ndarray  # float32 [v] strand width / drawn width
    attributes: np.ndarray  # float32 [V, 4] of all vertices; columns 0 and 2: place along the strand, random number
    opacity: np.ndarray  # float32 [MATERIAL_COUNT]
    fibres: np.ndarray  # float32 [MATERIAL_COUNT] hairs that one ribbon stands for


@exact_kernel
def _project(
    start: int,
    stop: int,
    positions: np.ndarray,  # float32 [V, 3]
    matrix: np.ndarray,  # float64 [3, 4] world -> homogeneous pixels
    xy: np.ndarray,
    depth: np.ndarray,
) -> None:
    for i in range(start, stop):
        x = positions[i, 0]
        y = positions[i, 1]
        z = positions[i, 2]
        inverse = 1.0 / (matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3])
        xy[i, 0] = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]) * inverse
        xy[i, 1] = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]) * inverse
        depth[i] = -inverse


def project(
    positions: np.ndarray,  # float32 [V, 3]
    matrix: np.ndarray,  # float64 [3, 4]
    threads: int,
) -> ProjectedVertices:
    """Perspective projection of all vertices."""
    count = len(positions)
    result = ProjectedVertices(np.empty((count, 2), np.float32), np.empty(count, np.float32))
    run_chunks(lambda a, b: _project(a, b, positions, matrix, *result), count, VERTEX_CHUNK, threads)
    return result


@kernel
def _bin_triangles(
    xy: np.ndarray,  # float32 [V, 2]
    depth: np.ndarray,  # float32 [V]; empty when all vertices are in front
    triangles: np.ndarray,  # int32 [T, 3]
    order: np.ndarray,  # int32 [T] triangle numbers
    width: int,
    height: int,
    band_rows: int,
) -> tuple[np.ndarray, np.ndarray]:  # int64 [bands + 1] offsets, int32 [n] triangle numbers per band, in `order`
    bands = (height + band_rows - 1) // band_rows
    count = triangles.shape[0]
    first = np.empty(count, np.int32)
    last = np.empty(count, np.int32)
    offsets = np.zeros(bands + 1, np.int64)
    for t in range(count):
        first[t] = 0
        last[t] = -1
        i0 = triangles[t, 0]
        i1 = triangles[t, 1]
        i2 = triangles[t, 2]
        if depth.shape[0] > 0 and not (depth[i0] < 0.0 and depth[i1] < 0.0 and depth[i2] < 0.0):
            continue
        if min(xy[i0, 0], xy[i1, 0], xy[i2, 0]) > width or max(xy[i0, 0], xy[i1, 0], xy[i2, 0]) < 0.0:
            continue
        top = min(xy[i0, 1], xy[i1, 1], xy[i2, 1])
        bottom = max(xy[i0, 1], xy[i1, 1], xy[i2, 1])
        if top >= height or bottom < 0.0:
            continue
        first[t] = int(max(top, 0.0)) // band_rows
        last[t] = min(int(bottom), height - 1) // band_rows
        for band in range(first[t], last[t] + 1):
            offsets[band + 1] += 1
    for band in range(bands):
        offsets[band + 1] += offsets[band]
    numbers = np.empty(offsets[bands], np.int32)
    cursor = offsets[:bands].copy()
    for place in range(count):
        t = order[place]
        for band in range(first[t], last[t] + 1):
            numbers[cursor[band]] = t
            cursor[band] += 1
    return offsets, numbers


@helper
def _reciprocal(slope: float) -> float:
    """1 / slope for `_narrow`; 0, which means no bound, for edges too level for a safe one."""
    return 1.0 / slope if abs(slope) > 1e-3 else 0.0


@helper
def _narrow(low: int, high: int, weight: float, reciprocal: float, x0: int) -> tuple[int, int]:
    """Columns low..high reduced to those where weight + slope * (x - x0) may be >= 0, and a spare one."""
    if reciprocal > 0.0:
        low = max(low, x0 + int(math.floor(-weight * reciprocal)) - 1)
    elif reciprocal < 0.0:
        high = min(high, x0 + int(math.ceil(-weight * reciprocal)) + 1)
    return low, high


@helper
def _row_span(
    start: int,
    stop: int,  # inclusive
    u: float,  # weights of the corners at the first column
    v: float,
    per_u: float,  # reciprocals of their slopes along the row
    per_v: float,
    per_q: float,
) -> tuple[int, int]:
    """Columns of one row that a triangle can cover: saves most of the bounding box of thin, slanted hairs."""
    if stop - start < 4:
        return start, stop
    low, high = _narrow(start, stop, u, per_u, start)
    low, high = _narrow(low, high, v, per_v, start)
    return _narrow(low, high, 1.0 - u - v, per_q, start)


@kernel
def _rasterise_band(
    row_start: int,
    row_stop: int,
    numbers: np.ndarray,  # int32 [n] triangles that touch these rows
    triangles: np.ndarray,  # int32 [T, 3]
    materials: np.ndarray,  # uint8 [T]
    vertices: ProjectedVertices,
    strands: StrandCoverage,
    target: GBuffer,
) -> None:
    xy, z = vertices
    first_triangle, first_vertex, side, share, attributes, opacity, fibres = strands
    triangle_at, u_at, v_at, depth_at, strand_at, strand_u_at, strand_v_at, strand_depth_at, clear_at = target
    width = triangle_at.shape[1]
    for number in range(numbers.shape[0]):  # solids come first: their depth is known when strands are drawn
        t = numbers[number]
        i0 = triangles[t, 0]
        i1 = triangles[t, 1]
        i2 = triangles[t, 2]
        ax, ay, bx, by, cx, cy = xy[i0, 0], xy[i0, 1], xy[i1, 0], xy[i1, 1], xy[i2, 0], xy[i2, 1]
        z0, z1, z2 = z[i0], z[i1], z[i2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        inverse = 1.0 / area
        x_start = max(0, int(math.floor(min(ax, bx, cx))))
        x_stop = min(width - 1, int(max(ax, bx, cx)))
        y_start = max(row_start, int(math.floor(min(ay, by, cy))))
        y_stop = min(row_stop - 1, int(max(ay, by, cy)))
        u_slope = (by - cy) * inverse
        v_slope = (cy - ay) * inverse
        per_u, per_v, per_q = _reciprocal(u_slope), _reciprocal(v_slope), _reciprocal(-u_slope - v_slope)
        for y in range(y_start, y_stop + 1):
            py = y + 0.5
            px = x_start + 0.5
            u_row = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inverse
            v_row = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inverse
            low, high = _row_span(x_start, x_stop, u_row, v_row, per_u, per_v, per_q)
            for x in range(low, high + 1):
                u = u_row + u_slope * (x - x_start)
                if u < 0.0:
                    continue
                v = v_row + v_slope * (x - x_start)
                if v < 0.0:
                    continue
                q = 1.0 - u - v
                if q < 0.0:
                    continue
                depth = u * z0 + v * z1 + q * z2
                if depth >= depth_at[y, x]:
                    continue
                # Undo the perspective: weights on the screen times 1 / distance.
                wu = u * z0
                wv = v * z1
                scale = 1.0 / (wu + wv + q * z2)
                if t >= first_triangle:
                    buried = depth >= strand_depth_at[y, x]
                    if buried and clear_at[y, x] < OPAQUE:
                        continue
                    j0, j1, j2 = i0 - first_vertex, i1 - first_vertex, i2 - first_vertex
                    along = u * attributes[i0, 0] + v * attributes[i1, 0] + q * attributes[i2, 0]
                    across = (u * side[j0] + v * side[j1] + q * side[j2]) * 0.5 + 0.5
                    material = materials[t]
                    fibre_count = fibres[material]
                    random = attributes[i0, 2]
                    alpha = strand_alpha(along, across, random, share[j0], opacity[material], fibre_count)
                    clear_at[y, x] *= 1.0 - min(alpha, 0.98)
                    if buried:
                        continue
                    if not strand_stands_out(along, across, random, alpha, fibre_count):
                        depth += UNLIKELY  # only for want of a better one
                        if depth >= strand_depth_at[y, x]:
                            continue
                    strand_depth_at[y, x] = depth
                    strand_at[y, x] = t
                    strand_u_at[y, x] = wu * scale
                    strand_v_at[y, x] = wv * scale
                    continue
                depth_at[y, x] = depth
                triangle_at[y, x] = t
                u_at[y, x] = wu * scale
                v_at[y, x] = wv * scale


def _front_to_back(
    depth: np.ndarray,  # float32 [V] screen depth
    triangles: np.ndarray,  # int32 [T, 3]
    first_strand: int,
) -> np.ndarray:  # int32 [T]
    """Solids as they are, then strands roughly from front to back: what lies under them is skipped sooner."""
    order = np.arange(len(triangles), dtype=np.int32)
    nearness = np.nan_to_num(depth[triangles[first_strand:, 0]], nan=0.0, posinf=0.0, neginf=0.0)
    if len(nearness):
        low, high = float(nearness.min()), float(nearness.max())
        steps = ((nearness - low) * (_DEPTH_STEPS / max(high - low, 1e-9))).astype(np.uint16)  # radix sort
        order[first_strand:] = first_strand + np.argsort(steps, kind="stable")
    return order


def rasterise(
    triangles: np.ndarray,  # int32 [T, 3]
    materials: np.ndarray,  # uint8 [T]
    vertices: ProjectedVertices,
    strands: StrandCoverage,
    width: int,
    height: int,
    threads: int,
    band_rows: int = BAND_ROWS,
) -> GBuffer:
    """The nearest triangles at every sample centre, the first of equals; `band_rows` does not matter."""
    target = GBuffer(
        np.full((height, width), -1, np.int32),
        np.zeros((height, width), np.float32),
        np.zeros((height, width), np.float32),
        np.full((height, width), FAR, np.float32),
        np.full((height, width), -1, np.int32),
        np.zeros((height, width), np.float32),
        np.zeros((height, width), np.float32),
        np.full((height, width), FAR, np.float32),
        np.ones((height, width), np.float32),
    )
    order = _front_to_back(vertices.depth, triangles, strands.first_triangle)
    offsets, numbers = _bin_triangles(vertices.xy, vertices.depth, triangles, order, width, height, band_rows)

    def draw(start: int, stop: int) -> None:
        band = start // band_rows
        here = numbers[offsets[band] : offsets[band + 1]]
        _rasterise_band(start, stop, here, triangles, materials, vertices, strands, target)

    run_chunks(draw, height, band_rows, threads)
    unlikely = (target.strand_depth > 0) & (target.strand >= 0)
    target.strand_depth[unlikely] -= UNLIKELY
    return target


@kernel
def _rasterise_depth_band(
    row_start: int,
    row_stop: int,
    numbers: np.ndarray,  # int32 [n]
    triangles: np.ndarray,  # int32 [T, 3]
    xy: np.ndarray,  # float32 [V, 2]
    z: np.ndarray,  # float32 [V]
    nearest: np.ndarray,  # float32 [h, w]
) -> None:
    width = nearest.shape[1]
    for number in range(numbers.shape[0]):
        t = numbers[number]
        i0 = triangles[t, 0]
        i1 = triangles[t, 1]
        i2 = triangles[t, 2]
        ax, ay, bx, by, cx, cy = xy[i0, 0], xy[i0, 1], xy[i1, 0], xy[i1, 1], xy[i2, 0], xy[i2, 1]
        z0, z1, z2 = z[i0], z[i1], z[i2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        inverse = 1.0 / area
        x_start = max(0, int(math.floor(min(ax, bx, cx))))
        x_stop = min(width - 1, int(max(ax, bx, cx)))
        y_start = max(row_start, int(math.floor(min(ay, by, cy))))
        y_stop = min(row_stop - 1, int(max(ay, by, cy)))
        u_slope = (by - cy) * inverse
        v_slope = (cy - ay) * inverse
        per_u, per_v, per_q = _reciprocal(u_slope), _reciprocal(v_slope), _reciprocal(-u_slope - v_slope)
        for y in range(y_start, y_stop + 1):
            py = y + 0.5
            px = x_start + 0.5
            u_row = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inverse
            v_row = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inverse
            low, high = _row_span(x_start, x_stop, u_row, v_row, per_u, per_v, per_q)
            for x in range(low, high + 1):
                u = u_row + u_slope * (x - x_start)
                v = v_row + v_slope * (x - x_start)
                depth = u * z0 + v * z1 + (1.0 - u - v) * z2
                # No branches, so that this loop is vectorised.
                hidden = u < 0.0 or v < 0.0 or u + v > 1.0
                nearest[y, x] = min(nearest[y, x], FAR if hidden else depth)


def rasterise_depth(
    triangles: np.ndarray,  # int32 [T, 3]
    xy: np.ndarray,  # float32 [V, 2] px
    z: np.ndarray,  # float32 [V], smaller = nearer
    size: int,
    threads: int,
    band_rows: int = BAND_ROWS,
) -> np.ndarray:  # float32 [size, size], FAR where empty
    """Depth map of an orthographic view."""
    nearest = np.full((size, size), FAR, np.float32)
    order = np.arange(len(triangles), dtype=np.int32)
    offsets, numbers = _bin_triangles(xy, np.empty(0, np.float32), triangles, order, size, size, band_rows)

    def draw(start: int, stop: int) -> None:
        band = start // band_rows
        here = numbers[offsets[band] : offsets[band + 1]]
        _rasterise_depth_band(start, stop, here, triangles, xy, z, nearest)

    run_chunks(draw, size, band_rows, threads)
    return nearest
