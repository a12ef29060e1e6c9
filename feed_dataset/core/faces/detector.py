"""Face detection with BlazeFace (short range): anchors, decoding, weighted non-maximum suppression.

Constants are those of MediaPipe's face_detection_short_range graph (anchor strides, score threshold 0.5,
suppression at IoU 0.3). Paper: Bazarevsky et al., BlazeFace, CVPR workshops 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from feed_dataset.core.faces.tflite import TfliteNetwork
from feed_dataset.core.faces.windows import Window, sample_window, transform_points

INPUT_PX = 128
MIN_SCORE = 0.5
SUPPRESSION_IOU = 0.3
RIGHT_EYE, LEFT_EYE, NOSE_TIP, MOUTH, RIGHT_EAR, LEFT_EAR = range(6)
_LAYERS = ((8, 2), (16, 6))  # (stride in px, anchors per cell)
_ZOOM_OUT = 1.6
_MIN_TILE_PX = 48
_MAX_TILES_PER_AXIS = 8
_CLOSE_UP_BELOW = 0.25
_CLOSE_UP_SCALE = 2.5


@dataclass(frozen=True)
class Detection:
    """One face. Keypoints: the subject's right eye, left eye, nose tip, mouth, right ear, left ear."""

    box_px: np.ndarray  # float32 [4] x0 y0 x1 y1
    score: float
    keypoints_px: np.ndarray  # float32 [6, 2]

    @property
    def area_px2(self) -> float:
        x0, y0, x1, y1 = self.box_px
        return float((x1 - x0) * (y1 - y0))

    @property
    def side_px(self) -> float:
        x0, y0, x1, y1 = self.box_px
        return float(max(x1 - x0, y1 - y0))


class FaceDetector:
    """Finds faces in an image of any size.

    The whole image is searched first. Only when it shows no face, it is searched zoomed out (a face larger
    than the frame) and then in overlapping parts (a face too small for the 128 px input).
    """

    def __init__(self, network: TfliteNetwork) -> None:
        self._network = network
        self._anchors = anchors()

    def __call__(
        self,
        image: np.ndarray,  # uint8 [H, W, 3] RGB
    ) -> list[Detection]:
        """Faces, largest area times score first; empty when there is none.

        Raises:
            ValueError: another type or shape.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(f"expected a uint8 [H, W, 3] image but got {image.dtype} {list(image.shape)}")
        for windows in _search_plan(image.shape[0], image.shape[1]):
            faces = self._in_windows(image, windows)
            small = [face for face in faces if face.side_px < _CLOSE_UP_BELOW * windows[0].side_px]
            if small:
                # A face that is small in the network's input is coarse or false: look again from near.
                large = [face for face in faces if all(face is not other for other in small)]
                near = self._in_windows(image, [_close_up(face) for face in small])
                faces = suppress(*_stacked(large + near))
            if faces:
                return sorted(faces, key=lambda face: face.area_px2 * face.score, reverse=True)
        return []

    def _in_windows(self, image: np.ndarray, windows: list[Window]) -> list[Detection]:
        found = [self._in_window(image, window) for window in windows]
        points = np.concatenate([points for points, _ in found])
        return suppress(points, np.concatenate([scores for _, scores in found]))

    def _in_window(self, image: np.ndarray, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Candidates [N, 8, 2] (two corners, six keypoints) in image pixels, and scores [N]."""
        pixels = sample_window(image, window, INPUT_PX)
        blob = cv2.dnn.blobFromImage(pixels, 1 / 127.5, mean=(127.5, 127.5, 127.5))
        raw_scores, raw_boxes = self._network(blob)
        scores = 1.0 / (1.0 + np.exp(-np.clip(raw_scores.reshape(-1), -80, 80)))
        keep = scores > MIN_SCORE
        points = decode(raw_boxes.reshape(-1, 8, 2)[keep], self._anchors[keep])
        in_pixels = points * INPUT_PX - 0.5
        return transform_points(window.to_image(INPUT_PX), in_pixels), scores[keep]


def anchors() -> np.ndarray:
    """Anchor centres float64 [896, 2] in units of the input, in the network's output order."""
    centres = []
    for stride, per_cell in _LAYERS:
        cells = INPUT_PX // stride
        axis = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, per_cell, axis=0))
    return np.concatenate(centres)


def decode(
    raw: np.ndarray,  # float32 [N, 8, 2] centre, size, six keypoints, in pixels relative to the anchor
    anchor_centres: np.ndarray,  # [N, 2]
) -> np.ndarray:
    """Corners and keypoints [N, 8, 2] in units of the input."""
    points = raw.astype(np.float64) / INPUT_PX
    centre = points[:, 0] + anchor_centres
    half = points[:, 1] / 2
    keypoints = points[:, 2:] + anchor_centres[:, None]
    return np.concatenate([(centre - half)[:, None], (centre + half)[:, None], keypoints], axis=1)


def suppress(
    points: np.ndarray,  # [N, 8, 2] corners then keypoints
    scores: np.ndarray,  # [N]
) -> list[Detection]:
    """Weighted non-maximum suppression: a face is the mean of what overlaps its best candidate."""
    order = np.argsort(-scores, kind="stable")
    points, scores = points[order], scores[order]
    valid = np.all(points[:, 1] > points[:, 0], axis=1)
    points, scores = points[valid], scores[valid]
    faces: list[Detection] = []
    while len(scores):
        overlap = _iou(points[0], points) > SUPPRESSION_IOU
        overlap[0] = True
        weights = scores[overlap] / scores[overlap].sum()
        mean = (points[overlap] * weights[:, None, None]).sum(axis=0).astype(np.float32)
        faces.append(Detection(mean[:2].reshape(4), float(scores[0]), mean[2:]))
        points, scores = points[~overlap], scores[~overlap]
    return faces


def _iou(one: np.ndarray, many: np.ndarray) -> np.ndarray:
    """Intersection over union of one candidate with many, [N]."""
    low = np.maximum(one[0], many[:, 0])
    high = np.minimum(one[1], many[:, 1])
    inner = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(many[:, 1] - many[:, 0], axis=1)
    ratio: np.ndarray = inner / (areas + np.prod(one[1] - one[0]) - inner)
    return ratio


def _stacked(faces: list[Detection]) -> tuple[np.ndarray, np.ndarray]:
    """Candidates [N, 8, 2] and scores [N] of faces, for another suppression."""
    points = [np.concatenate([face.box_px.reshape(2, 2), face.keypoints_px]) for face in faces]
    return np.array(points).reshape(-1, 8, 2), np.array([face.score for face in faces])


def _close_up(face: Detection) -> Window:
    x0, y0, x1, y1 = (float(value) for value in face.box_px)
    return Window(((x0 + x1) / 2, (y0 + y1) / 2), _CLOSE_UP_SCALE * face.side_px)


def _search_plan(height: int, width: int) -> list[list[Window]]:
    """Windows to search, stage by stage; a later stage only when the one before shows no face."""
    side = float(max(height, width))
    middle = ((width - 1) / 2, (height - 1) / 2)
    plan = [[Window(middle, side)], [Window(middle, side * _ZOOM_OUT)]]
    tile = max(min(height, width) / 2, side * 2 / (_MAX_TILES_PER_AXIS + 1))
    if tile >= _MIN_TILE_PX:
        ys, xs = (_tile_centres(length, tile) for length in (height, width))
        plan.append([Window((x, y), tile) for y in ys for x in xs])
    return plan


def _tile_centres(length_px: int, tile_px: float) -> list[float]:
    """Centres of tiles that overlap by half and cover an axis."""
    if length_px <= tile_px:
        return [(length_px - 1) / 2]
    count = int(np.ceil(2 * length_px / tile_px)) - 1
    return [float(x) for x in np.linspace(tile_px / 2, length_px - tile_px / 2, count) - 0.5]
