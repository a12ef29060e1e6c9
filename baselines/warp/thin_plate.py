"""An image warp made of a thin-plate spline in the plane (Bookstein 1989)."""

from __future__ import annotations

import numpy as np

GRID_STEP_PX = 4  # the spline is evaluated on a coarser grid and interpolated: it is smooth


def warp_image(
    image: np.ndarray,
    source_px: np.ndarray,
    target_px: np.ndarray,
    smoothness: float = 1e-4,
) -> np.ndarray:
    """Move the image so that `source_px` come to lie on `target_px`; outside the image its border repeats.

    Args:
        image: uint8 [S, S, 3].
        source_px: control points in the image, (x, y) in pixels, float [K, 2].
        target_px: where they shall lie, float [K, 2]; several of them may fall together.
        smoothness: above 0 it trades exactness at the points for stability; in units of the image's side.

    Returns:
        uint8 [S, S, 3].
    """
    import cv2

    side = image.shape[0]
    # Backward map: where does each output pixel come from? Unit coordinates give `smoothness` its meaning.
    nodes = np.arange(0, side + GRID_STEP_PX, GRID_STEP_PX) / side
    coarse = (spline_on_grid(target_px / side, source_px / side, smoothness, nodes) * side).astype(np.float32)
    where = np.arange(side, dtype=np.float32) / GRID_STEP_PX
    x, y = np.meshgrid(where, where)
    full = cv2.remap(coarse, x, y, cv2.INTER_LINEAR)
    warped: np.ndarray = cv2.remap(
        np.ascontiguousarray(image),
        full[..., 0],
        full[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return warped


def spline_on_grid(
    at: np.ndarray,  # float64 [K, 2] x and y
    values: np.ndarray,  # float64 [K, C]
    smoothness: float,
    axis: np.ndarray,  # float64 [N] x of the grid's columns and y of its rows
) -> np.ndarray:  # float64 [N, N, C]
    """What scipy's RBFInterpolator gives, without scipy, whose import takes longer than many images."""
    count = len(at)
    plane = np.column_stack([np.ones(count), at])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(np.square(at[:, None] - at).sum(axis=-1)) + smoothness * np.eye(count)
    system[:count, count:], system[count:, :count] = plane, plane.T
    weights = np.linalg.solve(system, np.concatenate([values, np.zeros((3, values.shape[1]))]))
    bent, flat = weights[:count], weights[count:]
    across, down = np.square(axis[:, None] - at[:, 0]), np.square(axis[:, None] - at[:, 1])
    rows = np.stack([_kernel(across + squares) @ bent for squares in down])  # one row's kernel fits into the cache
    return rows + flat[0] + axis[:, None] * flat[1] + axis[:, None, None] * flat[2]


def _kernel(square: np.ndarray) -> np.ndarray:
    """r^2 log r of r^2; 0 at 0."""
    found: np.ndarray = 0.5 * square * np.log(np.maximum(square, np.finfo(np.float64).tiny))
    return found
