"""The historical lip sync procedure (github.com/joonson/syncnet_python, run_pipeline.py and run_syncnet.py).

Every frame goes through MPEG-4 and JPEG, S3FD looks at each at a quarter of its size, detections become tracks of more
than 100 frames, tracks become crops that go through XVID and JPEG again, and each crop file gets its own numbers:
`lastframe` leaves out one window of the pictures, and the offset search (15 frames either way) fills up with zeros.

What is not the original's here: the pictures come as they were decoded for the benchmark, without the file's own first
conversion; sound does not pass through the MP3 stream of the intermediate AVI file (nor does it in the package
syncnet-python 0.2.3); and a track that begins later than the video takes its sound features from the whole sound,
where the original cuts the sound first (one sample's pre-emphasis differs).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from benchmark.features.lip_sync.legacy_codecs import Jpegs, Mpeg4, read_jpeg, through_crop_file
from benchmark.features.lip_sync.legacy_scores import COLUMNS, track_rows
from benchmark.features.lip_sync.legacy_tracks import (
    CROP_PX,
    Face,
    FaceTrack,
    crop_legacy,
    find_tracks,
    hsv_change,
    shots,
    smoothed,
)
from benchmark.features.lip_sync.timing import MIN_FPS, Moments
from benchmark.features.types.extractor import Batch
from feed_dataset.core.media.timing import mean_rate

if TYPE_CHECKING:
    from av import VideoFrame

    from benchmark.features.lip_sync.s3fd import S3fdDetector
    from benchmark.features.lip_sync.syncnet import SyncNetFeatures


class LegacySession:
    """Frames in; at the end float32 [N, 1026]: a row per window of every track (see COLUMNS)."""

    def __init__(
        self,
        detect: S3fdDetector,
        network: SyncNetFeatures,
        times_s: np.ndarray,  # float64 [T], when each frame is shown
        width_px: int,
        height_px: int,
    ) -> None:
        self._detect, self._network = detect, network
        self._too_slow = mean_rate(times_s) < MIN_FPS
        self._moments = Moments(times_s)
        self._codec = Mpeg4(width_px, height_px)
        self._jpegs = Jpegs(width_px - width_px % 2, height_px - height_px % 2, quality=2)
        self._files: list[bytes] = []
        self._faces: list[list[Face]] = []
        self._changes: list[float] = []
        self._before: np.ndarray | None = None

    def push(self, batch: Batch) -> None:
        if self._too_slow:
            return
        for frame in batch.frames:
            for _ in range(self._moments.push()):
                self._take(self._codec.push(frame))

    def finish(self) -> np.ndarray:
        self._take(self._codec.finish())
        parts = [np.empty((0, COLUMNS), np.float32)]
        for number, track in enumerate(find_tracks(self._faces, shots(self._changes))):
            parts.append(track_rows(number, int(track.frames[0]), self._lip(track)))
        return np.concatenate(parts)

    def _take(self, pictures: list[VideoFrame]) -> None:
        for picture in pictures:
            decoded = picture.to_ndarray(format="bgr24", threads=1)
            self._changes.append(0.0 if self._before is None else hsv_change(decoded, self._before))
            self._before = decoded
            self._files.append(self._jpegs.push(picture))
            found = self._detect(np.ascontiguousarray(read_jpeg(self._files[-1])[..., ::-1]))
            frame = len(self._faces)
            self._faces.append([Face(frame, tuple(float(side) for side in one[:4])) for one in found])  # type: ignore[arg-type]

    def _lip(self, track: FaceTrack) -> np.ndarray:
        crops = np.stack(list(through_crop_file(self._cropped(track), CROP_PX)))
        return self._network.lip(np.ascontiguousarray(crops[..., ::-1]))

    def _cropped(self, track: FaceTrack) -> Iterator[np.ndarray]:
        for frame, box in zip(track.frames, smoothed(track), strict=True):
            yield crop_legacy(read_jpeg(self._files[frame]), box)
