"""Five points of a face and the similarity that brings them to the places a recogniser was trained with."""

from __future__ import annotations

import cv2
import numpy as np

from feed_dataset.core.faces.windows import Window

ARCFACE_PX = 112
ARCFACE_POINTS = np.array(
    [
        [38.2946, 51.6963],  # the subject's right eye (left in the picture)
        [73.5318, 51.5014],  # left eye
        [56.0252, 71.7366],  # tip of the nose
        [41.5493, 92.3655],  # right corner of the mouth
        [70.7299, 92.2041],  # left corner
    ],
    np.float32,
)
"""Places of the five points in the 112 px picture (insightface, `face_align.arcface_dst`)."""

FIVE_POINTS = ((33, 133, 159, 145), (263, 362, 386, 374), (1, 4), (61,), (291,))
"""Face mesh points whose mean each of the five is: an eye's corners and the middles of its lids, two at the tip of the
nose, the corners of the mouth. Against MTCNN's points, by which the recogniser's training pictures were aligned, they
are off by less than 1 px (of 112) on average over six pictures and six renders, single ones by up to 3; chips move by
1 to 3 px."""

VGGFACE2_PX = 224
_VGGFACE2_EXTENSION = 1.3  # the face box grows by 0.3 (Cao et al. 2018, section 5)
_VGGFACE2_SHORT_PX = 256  # its shorter side is resized to this, then the middle 224 px are taken
# The boxes there are MTCNN's. The landmarks' box begins lower on the forehead: by 0.12 of its width on six photographs.
_FOREHEAD = 0.12


def five_points(
    landmarks_px: np.ndarray,  # [468, 2 or 3]
) -> np.ndarray:
    """Right eye, left eye, tip of the nose, right and left corner of the mouth, float64 [5, 2]."""
    xy = np.asarray(landmarks_px, dtype=np.float64)[:, :2]
    return np.stack([xy[list(indices)].mean(axis=0) for indices in FIVE_POINTS])


def arcface_affine(
    points_px: np.ndarray,  # [5, 2]
) -> np.ndarray:
    """Map float64 [2, 3] from picture to the 112 px face: least-squares similarity (Umeyama 1991)."""
    from feed_dataset.core.faces.embed import similarity

    scale, rotation, offset = similarity(np.asarray(points_px, np.float64), ARCFACE_POINTS)
    return np.concatenate([scale * rotation, offset[:, None]], axis=1)


def arcface_chip(
    image: np.ndarray,  # uint8 [H, W, 3]
    points_px: np.ndarray,  # [5, 2]
) -> np.ndarray:
    """The aligned face, uint8 [112, 112, 3]; black outside the image. Equals insightface's `norm_crop`."""
    return cv2.warpAffine(image, arcface_affine(points_px), (ARCFACE_PX, ARCFACE_PX), borderValue=0.0)


def vggface2_chip(
    image: np.ndarray,  # uint8 [H, W, 3]
    landmarks_px: np.ndarray,  # [468, 2 or 3]
) -> np.ndarray:
    """The face as VGGFace2 crops it, uint8 [224, 224, 3]: upright, not aligned; border pixels repeat."""
    from feed_dataset.core.faces.crop import sample_crop

    xy = np.asarray(landmarks_px, dtype=np.float64)[:, :2]
    low, high = xy.min(axis=0), xy.max(axis=0)
    low[1] -= _FOREHEAD * (high[0] - low[0])
    shorter = float((high - low).min())
    centre = (low + high) / 2
    side = _VGGFACE2_EXTENSION * shorter * VGGFACE2_PX / _VGGFACE2_SHORT_PX
    return sample_crop(image, Window((float(centre[0]), float(centre[1])), side), VGGFACE2_PX)
