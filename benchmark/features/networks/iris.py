"""Iris and eye contour of one face (MediaPipe iris, 64 px input), eyes found by the landmarks of the face mesh.

The region given to the network is that of MediaPipe's iris graph: a square around the middle of the eye's two corners,
2.3 times as wide as they are apart, level with them. The network knows left eyes; right ones are mirrored.
Paper: Ablavatski et al., "Real-time Pupil Tracking from Monocular Video for Digital Puppetry", CVPR workshops 2020.
"""

from __future__ import annotations

import cv2
import numpy as np

from feed_dataset.core.faces.tflite import TfliteNetwork
from feed_dataset.core.faces.windows import Window, sample_window, transform_points

WEIGHTS_NAME = "iris"
INPUT_PX = 64
REGION_SCALE = 2.3
CONTOUR_POINTS, IRIS_POINTS = 71, 5
POINTS = IRIS_POINTS + CONTOUR_POINTS
RIGHT_CORNERS = (33, 133)  # outer, inner corner of the subject's right eye
LEFT_CORNERS = (362, 263)  # inner, outer corner of the left one


class IrisFinder:
    """Points of both eyes, float32 [T, 2, 76, 3] in px; right eye first; NaN where there is no face.

    Of each eye first the iris (centre, then four points of its rim), then the 71 points of the lids' contour. Not safe
    for use by several threads at once.
    """

    def __init__(self, network: TfliteNetwork) -> None:
        self._network = network

    @classmethod
    def load(cls) -> IrisFinder:
        """Load from the weights registry. Raises WeightsUnavailable with the command that gets it."""
        from feed_dataset.core.weights import resolve

        return cls(TfliteNetwork(resolve(WEIGHTS_NAME)))

    def __call__(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
        landmarks_px: np.ndarray,  # [T, 468, 3], NaN where no face
    ) -> np.ndarray:
        """Points of the eyes of every frame."""
        if len(frames) != len(landmarks_px):
            raise ValueError(f"expected landmarks of {len(frames)} frames but got {len(landmarks_px)}")
        out = np.full((len(frames), 2, POINTS, 3), np.nan, np.float32)
        for index in np.flatnonzero(np.isfinite(landmarks_px).all(axis=(1, 2))):
            for eye, corners in enumerate((RIGHT_CORNERS, LEFT_CORNERS)):
                region = eye_region(landmarks_px[index, list(corners), :2])
                out[index, eye] = self.eye(frames[index], region, mirrored=eye == 0)
        return out

    def eye(
        self,
        image: np.ndarray,  # uint8 [H, W, 3] RGB
        region: Window,
        *,
        mirrored: bool,
    ) -> np.ndarray:
        """Points [76, 3] of one eye in pixels of the image; z in the same scale."""
        pixels = sample_window(image, region, INPUT_PX)
        if mirrored:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        iris, contour = self._network(cv2.dnn.blobFromImage(pixels, 1 / 255.0))
        raw = np.concatenate([iris.reshape(IRIS_POINTS, 3), contour.reshape(CONTOUR_POINTS, 3)]).astype(np.float64)
        if mirrored:
            raw[:, 0] = INPUT_PX - raw[:, 0]
        # The network counts pixel edges: 0 is the left edge of the first pixel.
        xy = transform_points(region.to_image(INPUT_PX), raw[:, :2] - 0.5)
        return np.concatenate([xy, raw[:, 2:] * (region.side_px / INPUT_PX)], axis=1)


def eye_region(
    corners_px: np.ndarray,  # [2, 2] the corner on the picture's left, then the other (of an upright face)
) -> Window:
    """The network's region for an eye."""
    first, second = np.asarray(corners_px, dtype=np.float64)
    across = second - first
    middle = (first + second) / 2
    side = REGION_SCALE * max(float(np.linalg.norm(across)), 1.0)
    return Window((float(middle[0]), float(middle[1])), side, float(np.arctan2(across[1], across[0])))
