"""Following the face through a source; cropping at once where the crop is already known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from feed_dataset.core.faces import FaceNetworks
from feed_dataset.core.faces.crop import CropBox, apply_crop, sample_crop
from feed_dataset.core.faces.mesh import POINTS
from feed_dataset.core.faces.track import FaceFollower
from feed_dataset.prepare.crop_path import CropPath, fixed_box
from feed_dataset.prepare.media import Media
from feed_dataset.prepare.settings import PrepareSettings
from feed_dataset.prepare.sinks import FrameSink

_FACE_COUNT_EVERY_S = 1.0


class FirstPass:
    """What one look at every frame tells. Of an upright fixed crop, the frames are written on the way."""

    def __init__(self, media: Media, settings: PrepareSettings, networks: FaceNetworks, sink: FrameSink) -> None:
        self._media, self._settings, self._networks, self._sink = media, settings, networks, sink
        self._box: CropBox | None = None
        self._box_since = media.count  # frames from here on are written
        self.face_count = 0
        self.reasons: list[str | None] = []
        self._points: list[np.ndarray | None] = []

    @property
    def landmarks_px(self) -> np.ndarray:  # float32 [T, 468, 3]
        missing = np.full((POINTS, 3), np.nan, np.float32)
        return np.stack([missing if points is None else points for points in self._points])

    def run(self) -> None:
        follower = FaceFollower(self._networks)
        at_once = self._settings.follow == "fixed" and not self._settings.align
        count_every = max(1, round(_FACE_COUNT_EVERY_S * float(self._media.fps)))
        for index, frame in self._media.frames(0, self._media.count):
            result, reason = follower.step(frame)
            self.reasons.append(reason)
            self._points.append(None if result is None else result.points_px)
            if index % count_every == 0:
                self.face_count = max(self.face_count, len(self._networks.detector(frame)), int(result is not None))
            if at_once and self._box is None and result is not None:
                self._box = fixed_box(result.points_px, self._media.hw, self._settings)
                self._box_since = index
            if self._box is not None:
                self._sink.put(index, apply_crop(frame[None], self._box, self._settings.size_px)[0])

    def left(self, path: CropPath) -> Iterator[tuple[int, np.ndarray]]:
        """Frames that the first pass did not crop: those before the first face, or all."""
        stop = self._box_since if path.box is not None else len(self.reasons)
        return self._media.frames(0, stop) if stop else iter(())


def cut(frame: np.ndarray, path: CropPath, index: int, size_px: int) -> np.ndarray:
    """The crop of one frame, uint8 [size_px, size_px, 3]."""
    if path.box is not None:
        return apply_crop(frame[None], path.box, size_px)[0]
    return sample_crop(frame, path.window(index), size_px)
