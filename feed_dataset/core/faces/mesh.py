"""468 three-dimensional landmarks of one face (MediaPipe face mesh, 192 px input).

The region given to the network is built as MediaPipe's face_landmark graph does: a square, 1.5 times the
longer side of the face box, rotated so that the eyes are level. Paper: Kartynnik et al., CVPR workshops 2019.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np

from feed_dataset.core.faces.detector import LEFT_EYE, RIGHT_EYE, Detection
from feed_dataset.core.faces.tflite import TfliteNetwork
from feed_dataset.core.faces.windows import Window, sample_window, transform_points

INPUT_PX = 192
POINTS = 468
REGION_SCALE = 1.5
RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263
_KEPT_REGIONS = 512  # 6 MB; a case has a few hundred frames between two looks at one


@dataclass(frozen=True)
class MeshResult:
    """Landmarks of one face."""

    points_px: np.ndarray  # float32 [468, 3] x and y in image pixels; z in the same scale, smaller is nearer
    presence: float  # probability that the region shows a face


class FaceMesh:
    """Runs the mesh network on one region of an image. Not safe for use by several threads at once.

    What the network said of the regions seen last is kept: a driver is followed by the benchmark and again by methods
    that read landmarks.
    """

    def __init__(self, network: TfliteNetwork) -> None:
        self._network = network
        self._seen: OrderedDict[bytes, tuple[np.ndarray, float]] = OrderedDict()

    def __call__(
        self,
        image: np.ndarray,  # uint8 [H, W, 3] RGB
        box_px: np.ndarray | Window,  # [4] x0 y0 x1 y1 of an upright face, or the exact region
    ) -> MeshResult:
        region = box_px if isinstance(box_px, Window) else region_of_box(np.asarray(box_px))
        pixels = sample_window(image, region, INPUT_PX)
        raw, presence_logit = self._raw(pixels)
        # The network counts pixel edges: 0 is the left edge of the first pixel.
        xy = transform_points(region.to_image(INPUT_PX), raw[:, :2] - 0.5)
        z = raw[:, 2:] * (region.side_px / INPUT_PX)
        presence = 1.0 / (1.0 + np.exp(-np.clip(presence_logit, -80, 80)))
        return MeshResult(np.concatenate([xy, z], axis=1).astype(np.float32), float(presence))

    def _raw(self, pixels: np.ndarray) -> tuple[np.ndarray, float]:
        """Points float64 [468, 3] in input pixels, and the logit of presence."""
        key = hashlib.blake2b(np.ascontiguousarray(pixels).data, digest_size=20).digest()
        if key not in self._seen:
            presence_logit, values = self._network(cv2.dnn.blobFromImage(pixels, 1 / 255.0))
            self._seen[key] = values.reshape(POINTS, 3).astype(np.float64), float(presence_logit.reshape(-1)[0])
        self._seen.move_to_end(key)
        while len(self._seen) > _KEPT_REGIONS:
            self._seen.popitem(last=False)
        return self._seen[key]


def region_of_box(
    box_px: np.ndarray,  # [4] x0 y0 x1 y1
    angle_rad: float = 0.0,
) -> Window:
    """The network's region for a face box."""
    x0, y0, x1, y1 = (float(value) for value in box_px)
    return Window(((x0 + x1) / 2, (y0 + y1) / 2), REGION_SCALE * max(x1 - x0, y1 - y0), angle_rad)


def region_of_detection(detection: Detection) -> Window:
    """The network's region for a detected face, level with its eyes."""
    keypoints = detection.keypoints_px
    return region_of_box(detection.box_px, _angle(keypoints[RIGHT_EYE], keypoints[LEFT_EYE]))


def region_of_landmarks(
    landmarks_px: np.ndarray,  # [468, 3]
) -> Window:
    """The network's region around landmarks that were found before."""
    xy = landmarks_px[:, :2]
    angle = _angle(xy[RIGHT_EYE_OUTER], xy[LEFT_EYE_OUTER])
    return region_of_box(np.concatenate([xy.min(axis=0), xy.max(axis=0)]), angle)


def _angle(right_eye: np.ndarray, left_eye: np.ndarray) -> float:
    delta = left_eye - right_eye
    return float(np.arctan2(delta[1], delta[0]))
