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
    from scipy.interpolate import RBFInterpolator  # takes long to import

    side = image.shape[0]
    # Backward map: where does each output pixel come from? Unit coordinates give `smoothness` its meaning.
    spline = RBFInterpolator(
        target_px / side, source_px / side, smoothing=smoothness, kernel="thin_plate_spline", degree=1
    )
    nodes = np.arange(0, side + GRID_STEP_PX, GRID_STEP_PX)
    grid = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2) / side
    coarse = (spline(grid) * side).reshape(len(nodes), len(nodes), 2).astype(np.float32)
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
