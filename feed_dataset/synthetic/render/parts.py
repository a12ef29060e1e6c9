"""Part labels and depth of each pixel, from the G-buffer. The labels are named in `part_masks.PART_NAMES`."""

from __future__ import annotations

import numpy as np

from feed_dataset.synthetic.render.jit import exact_kernel, run_chunks
from feed_dataset.synthetic.render.raster import GBuffer
from feed_dataset.synthetic.scene.types import SEGMENTS

_MOUTH = SEGMENTS["mouth_interior"]
_CLOTH = SEGMENTS["cloth"]
ROW_CHUNK = 64


@exact_kernel
def _resolve_rows(
    row_start: int,
    row_stop: int,
    samples: int,  # per pixel and axis
    target: GBuffer,
    triangles: np.ndarray,  # int32 [T, 3]
    skin_triangles: int,
    attributes: np.ndarray,  # float32 [V, 4]; of skin vertices: occlusion, mouth, cloth, head
    vertex_parts: np.ndarray,  # uint8 [V]
    parts: np.ndarray,  # out uint8 [h, w]
    depth: np.ndarray,  # out float32 [h, w]
) -> None:
    triangle_at, u_at, v_at, depth_at, strand_at, strand_u_at, strand_v_at, strand_depth_at, clear_at = target
    labels = np.empty(samples * samples, np.uint8)
    depths = np.empty(samples * samples, np.float32)
    for y in range(row_start, row_stop):
        for x in range(parts.shape[1]):
            mixed = False
            row = y * samples
            column = x * samples - 1
            for s in range(samples * samples):
                column += 1
                if column == (x + 1) * samples:
                    column = x * samples
                    row += 1
                t = triangle_at[row, column]
                u = u_at[row, column]
                v = v_at[row, column]
                depths[s] = depth_at[row, column]
                if clear_at[row, column] < 0.5 and strand_at[row, column] >= 0:
                    t = strand_at[row, column]
                    u = strand_u_at[row, column]
                    v = strand_v_at[row, column]
                    depths[s] = strand_depth_at[row, column]
                labels[s] = 0
                if t < 0:
                    mixed = mixed or labels[0] != 0
                    continue
                i0, i1, i2 = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                q = 1.0 - u - v
                labels[s] = vertex_parts[i0 if u >= v and u >= q else (i1 if v >= q else i2)]
                if t < skin_triangles:
                    if u * attributes[i0, 1] + v * attributes[i1, 1] + q * attributes[i2, 1] > 0.5:
                        labels[s] = _MOUTH
                    if u * attributes[i0, 2] + v * attributes[i1, 2] + q * attributes[i2, 2] > 0.5:
                        labels[s] = _CLOTH
                mixed = mixed or labels[s] != labels[0]
            winner = 0
            votes = 0
            for s in range(samples * samples):
                count = 0
                for other in range(samples * samples if mixed else 0):
                    if labels[other] == labels[s]:
                        count += 1
                if count > votes or (count == votes and depths[s] < depths[winner]):
                    winner = s
                    votes = count
            parts[y, x] = labels[winner]
            depth[y, x] = -1.0 / depths[winner] if labels[winner] != 0 else np.inf


def resolve_parts(
    target: GBuffer,
    samples: int,
    triangles: np.ndarray,  # int32 [T, 3]
    skin_triangles: int,  # how many of them, from the first, are skin
    attributes: np.ndarray,  # float32 [V, 4]
    vertex_parts: np.ndarray,  # uint8 [V]
    threads: int,
) -> tuple[np.ndarray, np.ndarray]:  # uint8 [h, w] labels, float32 [h, w] depth in dm, infinite for background
    """One label per pixel: that of most samples, of the nearest one in a tie; with the depth of that part."""
    height, width = (side // samples for side in target.triangle.shape)
    parts, depth = np.empty((height, width), np.uint8), np.empty((height, width), np.float32)
    run_chunks(
        lambda a, b: _resolve_rows(
            a, b, samples, target, triangles, skin_triangles, attributes, vertex_parts, parts, depth
        ),
        height,
        ROW_CHUNK,
        threads,
    )
    return parts, depth
