"""From a video's frames to SyncNet's features of its lips, in memory and with a few frames held at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.lip_sync.boxes import CROP_PX, SMOOTH_FRAMES, crop_face, smooth_boxes, sync_box
from benchmark.features.lip_sync.timing import MIN_FPS, Moments
from benchmark.features.types.extractor import Batch
from feed_dataset.core.media.timing import mean_rate

if TYPE_CHECKING:
    from benchmark.features.lip_sync.syncnet import SyncNetFeatures

WINDOW_FRAMES = 5
FEATURES = 1024
_REACH = SMOOTH_FRAMES // 2
_AT_ONCE = 16 + WINDOW_FRAMES - 1  # crops for 16 windows, always the same ones: results do not depend on batching


class LipSession:
    """Frames and landmarks in; at the end float32 [K - 4, 1024], K moments of 1/25 s.

    A row is NaN where one of its five frames has no landmarks. No rows where the frame rate is below MIN_FPS.
    """

    def __init__(
        self,
        network: SyncNetFeatures,
        times_s: np.ndarray,  # float64 [T], when each frame is shown
    ) -> None:
        self._network = network
        self._too_slow = mean_rate(times_s) < MIN_FPS
        self._moments = Moments(times_s)
        self._boxes = np.empty((0, 3))  # of moments from 6 before the first of `_waiting`
        self._waiting: list[np.ndarray] = []  # frames whose later neighbours' boxes are not known yet
        self._cropped = 0
        self._crops: list[np.ndarray] = []  # those that the next windows need
        self._seen: list[bool] = []  # per moment: whether it shows a face
        self._rows: list[np.ndarray] = []

    def push(self, batch: Batch) -> None:
        if self._too_slow:
            return
        boxes = sync_box(batch.landmarks_px)
        for frame, box in zip(batch.frames, boxes, strict=True):
            for _ in range(self._moments.push()):
                self._take(frame, box)

    def finish(self) -> np.ndarray:
        while self._waiting:
            self._crop_next()
        if len(self._crops) >= WINDOW_FRAMES:
            self._rows.append(self._network.lip(np.stack(self._crops)))
        count = max(0, len(self._seen) - WINDOW_FRAMES + 1)
        rows = np.concatenate(self._rows) if self._rows else np.empty((0, FEATURES), np.float32)
        whole = [all(self._seen[start : start + WINDOW_FRAMES]) for start in range(count)]
        rows[~np.array(whole, dtype=bool)] = np.nan
        return rows

    def _take(self, frame: np.ndarray, box: np.ndarray) -> None:
        self._boxes = np.concatenate([self._boxes, box[None]])
        self._seen.append(bool(np.isfinite(box).all()))
        self._waiting.append(frame)
        if len(self._waiting) > _REACH:
            self._crop_next()

    def _crop_next(self) -> None:
        frame = self._waiting.pop(0)
        here = min(self._cropped, _REACH)  # its place in `_boxes`
        if self._seen[self._cropped]:
            crop = crop_face(frame, smooth_boxes(self._boxes, here))
        else:
            crop = np.zeros((CROP_PX, CROP_PX, 3), np.uint8)  # its windows become NaN
        if here == _REACH:
            self._boxes = self._boxes[1:]
        self._cropped += 1
        self._crops.append(crop)
        if len(self._crops) == _AT_ONCE:
            self._rows.append(self._network.lip(np.stack(self._crops)))
            self._crops = self._crops[-(WINDOW_FRAMES - 1) :]
