"""68 three-dimensional landmarks of one face: insightface's `1k3d68.onnx`, cropped as its `Landmark` class crops.

The face box of insightface comes from its own detector; here it is the box of the 468 mesh landmarks, which is about as
large (hairline to chin).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

WEIGHTS_NAME = "landmarks-1k3d68"
POINTS = 68
INPUT_PX = 192
_REGION_SCALE = 1.5  # side of the square over the longer side of the face box
_NOSE_TIP, _JAW_ENDS = 30, (0, 16)


class Landmarks68:
    """Landmarks float32 [T, 68, 3] in px, NaN where there is no face.

    Args:
        network: float32 [B, 3, 192, 192], RGB in [0, 255], to [B, >= 204]: points in [-1, 1], of which the last 68
            are the landmarks.
    """

    def __init__(self, network: Callable[[np.ndarray], np.ndarray]) -> None:
        self._network = network

    @classmethod
    def load(cls, device: str = "cpu") -> Landmarks68:
        """Load from the weights registry. Raises WeightsUnavailable with the command that gets it."""
        from benchmark.features.networks.onnx import OnnxNetwork
        from feed_dataset.core.weights import resolve

        return cls(OnnxNetwork(resolve(WEIGHTS_NAME), device=device))

    def __call__(
        self,
        frames: np.ndarray,  # uint8 [T, H, W, 3] RGB
        landmarks_px: np.ndarray,  # [T, 468, 3], NaN where no face
    ) -> np.ndarray:
        """x and y in pixels of the frame; z in the same scale, smaller is nearer, as of the mesh."""
        if len(frames) != len(landmarks_px):
            raise ValueError(f"expected landmarks of {len(frames)} frames but got {len(landmarks_px)}")
        out = np.full((len(frames), POINTS, 3), np.nan, np.float32)
        valid = np.flatnonzero(np.isfinite(landmarks_px).all(axis=(1, 2)))
        if not len(valid):
            return out
        boxes = np.concatenate([landmarks_px[valid, :, :2].min(axis=1), landmarks_px[valid, :, :2].max(axis=1)], axis=1)
        out[valid] = towards_camera(self.in_boxes(frames[valid], boxes))
        return out

    def in_boxes(
        self,
        frames: np.ndarray,  # uint8 [N, H, W, 3] RGB
        boxes_px: np.ndarray,  # [N, 4] x0 y0 x1 y1
    ) -> np.ndarray:
        """The network's own landmarks float32 [N, 68, 3] of one face in each frame, depth as the network has it."""
        maps = [region_affine(box) for box in boxes_px]
        size = (INPUT_PX, INPUT_PX)
        crops = [cv2.warpAffine(frame, to, size, borderValue=0.0) for frame, to in zip(frames, maps, strict=True)]
        blob = np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2)).astype(np.float32)
        raw = self._network(blob).reshape(len(frames), -1, 3)[:, -POINTS:].astype(np.float64)
        raw[..., :2] += 1
        raw *= INPUT_PX // 2
        for points, to_crop in zip(raw, maps, strict=True):
            points[:, :2] = (points[:, :2] - to_crop[:, 2]) / to_crop[0, 0]
            points[:, 2] /= to_crop[0, 0]
        return raw.astype(np.float32)


def region_affine(
    box_px: np.ndarray,  # [4] x0 y0 x1 y1
) -> np.ndarray:
    """Map float64 [2, 3] from frame to crop: the box's centre to the crop's, 1.5 longer sides to its side."""
    x0, y0, x1, y1 = (float(value) for value in box_px)
    scale = INPUT_PX / (max(x1 - x0, y1 - y0) * _REGION_SCALE)
    return np.array(
        [[scale, 0, INPUT_PX / 2 - scale * (x0 + x1) / 2], [0, scale, INPUT_PX / 2 - scale * (y0 + y1) / 2]]
    )


def towards_camera(
    landmarks_px: np.ndarray,  # [..., 68, 3], depth of unknown direction
) -> np.ndarray:
    """The same with smaller z nearer.

    The direction of the network's depth is written nowhere. A face that a detector finds looks towards the camera, so
    the tip of its nose is nearer than the middle between the ears' ends of the jaw line.
    """
    out = np.array(landmarks_px)
    nose = out[..., _NOSE_TIP, 2] - out[..., _JAW_ENDS, 2].mean(axis=-1)
    out[..., 2] *= np.where(nose > 0, -1, 1)[..., None]
    return out
