"""Thin-plate splines in the plane, and an image warp made of one (Bookstein 1989)."""

from __future__ import annotations

import numpy as np

GRID_STEP_PX = 4  # the spline is evaluated on a coarser grid and interpolated: it is smooth


def fit(
    points: np.ndarray,  # float [K, 2]
    values: np.ndarray,  # float [K, 2]
    smoothness: float,
) -> np.ndarray:  # float64 [K + 3, 2]
    """Coefficients of the spline with f(points) ~ values; `smoothness` > 0 trades exactness for stability."""
    count = len(points)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _kernel(points, points) + smoothness * np.eye(count)
    system[:count, count:] = np.column_stack([np.ones(count), points])
    system[count:, :count] = system[:count, count:].T
    right = np.zeros((count + 3, 2))
    right[:count] = values
    return np.linalg.solve(system, right)


def evaluate(
    coefficients: np.ndarray,  # float [K + 3, 2]
    points: np.ndarray,  # float [K, 2], as given to `fit`
    at: np.ndarray,  # float [N, 2]
) -> np.ndarray:  # float [N, 2]
    """Values of a fitted spline."""
    count = len(points)
    affine = np.column_stack([np.ones(len(at)), at]) @ coefficients[count:]
    return affine + _kernel(at, points) @ coefficients[:count]


def warp_image(
    image: np.ndarray,  # uint8 [S, S, 3]
    source_px: np.ndarray,  # float [K, 2]
    target_px: np.ndarray,  # float [K, 2]
    smoothness: float = 1e-4,
) -> np.ndarray:  # uint8 [S, S, 3]
    """Move the image so that `source_px` come to lie on `target_px`; outside the image its border repeats."""
    import cv2

    side = image.shape[0]
    # Backward map: where does each output pixel come from? Unit coordinates keep the system well scaled.
    source, target = source_px / side, target_px / side
    coefficients = fit(target, source, smoothness)
    nodes = np.arange(0, side + GRID_STEP_PX, GRID_STEP_PX)
    grid = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2) / side
    coarse = (evaluate(coefficients, target, grid) * side).reshape(len(nodes), len(nodes), 2).astype(np.float32)
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


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """r^2 log r^2 / 2 between all pairs, [len(a), len(b)]; zero at r = 0."""
    squared = ((a[:, None, :] - b[None, :, :]) ** 2).sum(-1)
    return 0.5 * squared * np.log(np.maximum(squared, 1e-30))
