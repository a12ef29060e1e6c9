"""Strands as camera-facing ribbons of two triangles per segment."""

from __future__ import annotations

import math

import numpy as np

from feed_dataset.synthetic.render.jit import exact_kernel, run_chunks
from feed_dataset.synthetic.render.kernel_math import smoothstep
from feed_dataset.synthetic.scene.types import Strands

STRAND_CHUNK = 4096
ROOT = 0.4  # width at the root: ribbons stand for several hairs, which come out of the skin one by one


def ribbon_triangles(count: int, points: int) -> np.ndarray:  # int32 [count * (points - 1) * 2, 3]
    """Triangles of `count` ribbons whose vertices are ordered strand, point, side."""
    corner = (np.arange(count)[:, None] * points + np.arange(points - 1)[None]) * 2
    strips = np.stack([corner, corner + 1, corner + 2, corner + 1, corner + 3, corner + 2], -1)
    return strips.reshape(-1, 3).astype(np.int32)


def ribbon_attributes(strands: Strands) -> np.ndarray:  # float32 [count * points * 2, 4]
    """Per ribbon vertex: place along it (0 root .. 1 tip), brightness factor, random number, occlusion."""
    count, points = strands.points.shape[:2]
    attributes = np.empty((count, points, 2, 4), np.float32)
    attributes[..., 0] = np.linspace(0.0, 1.0, points, dtype=np.float32)[None, :, None]
    attributes[..., 1] = strands.tint[:, 0, None, None]
    attributes[..., 2] = strands.tint[:, 1, None, None]
    attributes[..., 3] = strands.ao[:, :, None]
    return attributes.reshape(-1, 4)


@exact_kernel
def _expand(
    start: int,
    stop: int,
    points: np.ndarray,  # float32 [n, K, 3]
    width: np.ndarray,  # float32 [n]
    eye: np.ndarray,  # float64 [3]
    sample_angle: float,  # smallest ribbon width per unit of distance: about one sample
    positions: np.ndarray,  # out float32 [n * K * 2, 3]
    tangents: np.ndarray,  # out float32 [n * K * 2, 3]
    share: np.ndarray,  # out float32 [n * K * 2]
) -> None:
    last = points.shape[1] - 1
    for i in range(start, stop):
        for k in range(last + 1):
            before = max(k - 1, 0)
            after = min(k + 1, last)
            tx = points[i, after, 0] - points[i, before, 0]
            ty = points[i, after, 1] - points[i, before, 1]
            tz = points[i, after, 2] - points[i, before, 2]
            scale = 1.0 / math.sqrt(tx * tx + ty * ty + tz * tz + 1e-20)
            tx, ty, tz = tx * scale, ty * scale, tz * scale
            vx = eye[0] - points[i, k, 0]
            vy = eye[1] - points[i, k, 1]
            vz = eye[2] - points[i, k, 2]
            distance = math.sqrt(vx * vx + vy * vy + vz * vz)
            sx = ty * vz - tz * vy
            sy = tz * vx - tx * vz
            sz = tx * vy - ty * vx
            scale = 1.0 / math.sqrt(sx * sx + sy * sy + sz * sz + 1e-20)
            along = k / last
            true_width = width[i] * (1.0 - 0.8 * smoothstep(0.45, 1.0, along))
            true_width = true_width * (ROOT + (1.0 - ROOT) * min(along * 6, 1))
            drawn_width = max(true_width, sample_angle * distance)
            for j in range(2):
                vertex = (i * (last + 1) + k) * 2 + j
                offset = (j - 0.5) * drawn_width * scale
                positions[vertex, 0] = points[i, k, 0] + sx * offset
                positions[vertex, 1] = points[i, k, 1] + sy * offset
                positions[vertex, 2] = points[i, k, 2] + sz * offset
                tangents[vertex, 0] = tx
                tangents[vertex, 1] = ty
                tangents[vertex, 2] = tz
                share[vertex] = true_width / drawn_width if drawn_width > 0.0 else 1.0


def expand_ribbons(
    strands: Strands,
    eye: np.ndarray,  # float64 [3] the ribbons turn their face to this point
    sample_angle: float,
    positions: np.ndarray,  # out float32 [n * K * 2, 3]
    tangents: np.ndarray,  # out float32 [n * K * 2, 3]
    share: np.ndarray,  # out float32 [n * K * 2] true width / drawn width
    threads: int,
) -> None:
    """Ribbon vertices of strands, at least about a sample wide: finer hair is thinned out (`share`)."""
    points, width = strands.points, strands.width
    run_chunks(
        lambda a, b: _expand(a, b, points, width, eye, sample_angle, positions, tangents, share),
        len(points),
        STRAND_CHUNK,
        threads,
    )
