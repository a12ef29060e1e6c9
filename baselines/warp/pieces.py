"""Piecewise affine warps: triangles of one image drawn at other places, the farthest first."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np

_FIXED_POINT_BITS = 4  # cv2 takes corners in sixteenths of a pixel


@lru_cache(maxsize=1)
def face_triangles() -> np.ndarray:  # uint16 [N, 3]
    """Triangles of skin and eyes between the 468 landmarks, without those inside of the lips.

    `scripts/compile_face_triangles.py` made them.
    """
    with resources.files("baselines.warp").joinpath("data/triangles468.npy").open("rb") as stream:
        found: np.ndarray = np.load(stream, allow_pickle=False)
    found.setflags(write=False)
    return found


def fan(count: int) -> np.ndarray:  # int64 [count, 3]
    """Triangles of a polygon of `count` points around its middle, which is point number `count`."""
    corners = np.arange(count)
    return np.stack([corners, np.roll(corners, -1), np.full(count, count)], axis=1)


def with_middle(
    polygon_px: np.ndarray,  # float [N, 2]
) -> np.ndarray:  # float [N + 1, 2]
    """The points of a polygon and their mean, as `fan` numbers them."""
    return np.concatenate([polygon_px, polygon_px.mean(axis=0, keepdims=True)])


def facing(
    source_px: np.ndarray,  # float [N, 3]
    target_px: np.ndarray,  # float [N, 3], z grows away from the viewer
    triangles: np.ndarray,  # int [M, 3]
) -> np.ndarray:  # int [K, 3]
    """Triangles that show the viewer the side that they show in the source, from the farthest on."""
    kept = triangles[signed_areas(source_px, triangles) * signed_areas(target_px, triangles) > 0]
    depth = target_px[kept][..., 2].mean(axis=1)
    return np.asarray(kept[np.argsort(-depth, kind="stable")])


def signed_areas(
    points_px: np.ndarray,  # float [N, 2 or more]
    triangles: np.ndarray,  # int [M, 3]
) -> np.ndarray:  # float [M]
    """Twice the area of each triangle; the sign is its side."""
    a, b, c = (points_px[triangles[:, corner], :2] for corner in range(3))
    area: np.ndarray = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return area


def draw(
    canvas: np.ndarray,
    image: np.ndarray,
    source_px: np.ndarray,
    target_px: np.ndarray,
    triangles: np.ndarray,
) -> None:
    """Draw triangles of `image` onto `canvas`, in their order; what has no area in the image is left out.

    Args:
        canvas: uint8 [S, S, 3], changed in place.
        image: uint8 [R, R, 3].
        source_px: corners in the image, (x, y), float [N, 2].
        target_px: corners on the canvas, float [N, 2].
        triangles: int [M, 3].
    """
    import cv2

    kept = triangles[np.abs(signed_areas(target_px, triangles)) > 1e-6]
    if not len(kept):
        return
    piece = np.full(canvas.shape[:2], -1, np.int32)
    corners = np.round(target_px[kept] * (1 << _FIXED_POINT_BITS)).astype(np.int32)
    for number, polygon in enumerate(corners):
        cv2.fillConvexPoly(piece, polygon, number, shift=_FIXED_POINT_BITS)
    rows, columns = np.nonzero(piece >= 0)
    back = _affine(target_px[kept], source_px[kept])[piece[rows, columns]]  # [P, 2, 3]
    where = np.zeros((*piece.shape, 2), np.float32)
    where[rows, columns] = back[..., 0] * columns[:, None] + back[..., 1] * rows[:, None] + back[..., 2]
    sampled = cv2.remap(image, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    canvas[rows, columns] = sampled[rows, columns]


def _affine(
    a: np.ndarray,  # float [M, 3, 2]
    b: np.ndarray,  # float [M, 3, 2]
) -> np.ndarray:  # float [M, 2, 3]
    """The affine map that takes each triangle of `a`, none of them flat, to that of `b`."""
    corners = np.concatenate([a, np.ones((*a.shape[:2], 1))], axis=-1)
    solved: np.ndarray = np.linalg.solve(corners, b).transpose(0, 2, 1)
    return solved
