"""The historical procedure's bookkeeping: shots, face tracks and their crops (run_pipeline.py of SyncNet's authors).

Its limits are kept on purpose: a track of 100 frames or fewer does not exist, and the median filter pads with zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

CROP_SCALE = 0.40
MIN_TRACK_FRAMES = 100  # a track must be longer
MIN_SHOT_FRAMES = 100
MIN_FACE_PX = 100
MAX_GAP_FRAMES = 25
MIN_IOU = 0.5
CROP_PX = 224
_MEDIAN = 13
_GREY = (110, 110, 110)
_CUT = 27.0  # PySceneDetect's ContentDetector: mean change of hue, saturation and value
_MIN_SCENE_FRAMES = 15


@dataclass(frozen=True)
class Face:
    """A detection."""

    frame: int
    box_px: tuple[float, float, float, float]  # x0 y0 x1 y1


@dataclass(frozen=True)
class FaceTrack:
    """One face through consecutive frames; gaps are filled linearly."""

    frames: np.ndarray  # int64 [T]
    boxes_px: np.ndarray  # float64 [T, 4]


def hsv_change(
    frame: np.ndarray,  # uint8 [H, W, 3] BGR
    previous: np.ndarray,  # uint8 [H, W, 3] BGR
) -> float:
    """Mean absolute change of hue, saturation and value, 0 to 255."""
    now, before = (cv2.cvtColor(one, cv2.COLOR_BGR2HSV).astype(np.int16) for one in (frame, previous))
    return float(np.abs(now - before).mean())


def shots(
    changes: Sequence[float],  # [T], the change from the frame before; the first is not read
) -> list[tuple[int, int]]:
    """Ranges of frames between cuts: a cut where the change reaches 27, at least 15 frames after the last."""
    starts = [0]
    for frame in range(1, len(changes)):
        if changes[frame] >= _CUT and frame - starts[-1] >= _MIN_SCENE_FRAMES:
            starts.append(frame)
    return list(zip(starts, [*starts[1:], len(changes)], strict=True))


def find_tracks(
    faces: Sequence[Sequence[Face]],  # per frame of the whole video
    ranges: Sequence[tuple[int, int]],
    *,
    longer_than: int = MIN_TRACK_FRAMES,
) -> list[FaceTrack]:
    """Tracks of every shot that is long enough.

    Args:
        longer_than: in frames; 100 there, 50 in the package syncnet-python.
    """
    tracks: list[FaceTrack] = []
    for start, end in ranges:
        if end - start >= longer_than:
            tracks += _tracks_of_shot([list(of_frame) for of_frame in faces[start:end]], longer_than)
    return tracks


def _tracks_of_shot(faces: list[list[Face]], longer_than: int) -> list[FaceTrack]:
    tracks: list[FaceTrack] = []
    while True:
        chain = _next_chain(faces)
        if not chain:
            return tracks
        if len(chain) <= longer_than:
            continue
        found = np.array([face.frame for face in chain])
        boxes = np.array([face.box_px for face in chain])
        frames = np.arange(found[0], found[-1] + 1)
        filled = np.stack([np.interp(frames, found, boxes[:, side]) for side in range(4)], axis=1)
        if (filled[:, 2:] - filled[:, :2]).mean(axis=0).max() > MIN_FACE_PX:
            tracks.append(FaceTrack(frames, filled))


def _next_chain(faces: list[list[Face]]) -> list[Face]:
    """Take one chain of overlapping detections out of `faces`."""
    chain: list[Face] = []
    for of_frame in faces:
        index = 0
        while index < len(of_frame):
            face = of_frame[index]
            if chain and face.frame - chain[-1].frame > MAX_GAP_FRAMES:
                break
            if not chain or _iou(face.box_px, chain[-1].box_px) > MIN_IOU:
                chain.append(of_frame.pop(index))
            index += 1  # after a removal this passes over one face, as removing from a list in a loop does there
    return chain


def _iou(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)


def smoothed(track: FaceTrack) -> np.ndarray:
    """Centre x, y and half the longer side, medfilt(13) with its zeros at the ends, float64 [T, 3]."""
    from scipy.signal import medfilt  # takes long to import

    x0, y0, x1, y1 = track.boxes_px.T
    columns = ((x0 + x1) / 2, (y0 + y1) / 2, np.maximum(y1 - y0, x1 - x0) / 2)
    return np.stack([medfilt(column, _MEDIAN) for column in columns], axis=1)


def crop_legacy(
    image: np.ndarray,  # uint8 [H, W, 3] BGR
    box: np.ndarray,  # [3] centre x, y and half side
) -> np.ndarray:
    """The square at whole pixels, bilinear to 224 px, uint8 [224, 224, 3]."""
    x, y, half = (float(value) for value in box)
    pad = int(half * (1 + 2 * CROP_SCALE))
    padded = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=_GREY)
    x, y = x + pad, y + pad
    rows = slice(int(y - half), int(y + half * (1 + 2 * CROP_SCALE)))
    columns = slice(int(x - half * (1 + CROP_SCALE)), int(x + half * (1 + CROP_SCALE)))
    return cv2.resize(padded[rows, columns], (CROP_PX, CROP_PX))
