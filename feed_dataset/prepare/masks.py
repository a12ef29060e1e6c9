"""Masks that belong to crops.

No segmentation network ships with this project, so there is no mask of hair, neck or body for real pictures. What
the 468 landmarks do give is `face_oval`: the convex hull of the mesh, from the chin to the upper forehead and from
one edge of the face to the other, without ears, hair and neck. It is named so everywhere, because it is not the
model's head mask. Synthetic takes know the truth: their part labels are cropped like the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

FACE_OVAL = "face_oval"
PARTS = "parts"
_SUBPIXEL_BITS = 4


def face_oval(
    landmarks_px: np.ndarray,  # [468, 2 or 3] in pixels of the crop, NaN where there is no face
    size_px: int,
) -> np.ndarray:
    """Convex hull of the face mesh, uint8 [size_px, size_px], 255 inside; empty without a face."""
    mask = np.zeros((size_px, size_px), np.uint8)
    points = np.asarray(landmarks_px, np.float32)[:, :2]
    if np.isfinite(points).all():
        hull = cv2.convexHull(np.ascontiguousarray(points))[:, 0]
        fixed = np.rint(np.clip(hull, -size_px, 2 * size_px) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillConvexPoly(mask, fixed, 255, lineType=cv2.LINE_8, shift=_SUBPIXEL_BITS)
    return mask


def crop_labels(
    labels: np.ndarray,  # uint8 [h, w] of the whole picture at a fraction of its resolution
    source_hw: tuple[int, int],
    to_source: np.ndarray,  # [2, 3] affine map from crop pixels to source pixels
    size_px: int,
) -> np.ndarray:
    """The label nearest to each pixel of the crop, uint8 [size_px, size_px]; border labels repeat."""
    step = np.array([source_hw[1] / labels.shape[1], source_hw[0] / labels.shape[0]])
    # Label k was taken at source pixel k * step + step // 2.
    to_labels = np.concatenate(
        [to_source[:, :2] / step[:, None], ((to_source[:, 2] - step // 2) / step)[:, None]], axis=1
    )
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(labels, to_labels, (size_px, size_px), flags=flags, borderMode=cv2.BORDER_REPLICATE)
