"""The lossy files that the historical procedure writes between its steps, made in memory with the same settings.

`ffmpeg -qscale:v 2 -r 25 video.avi` (MPEG-4), `-qscale:v 2 %06d.jpg` (JPEG for the detector and the crops), OpenCV's
XVID file of the crops, and a JPEG of each crop at FFmpeg's default, a rate control at 200 kbit/s. The encoders are
those inside PyAV and OpenCV; another FFmpeg rounds a little differently (its `ffmpeg` of Debian 12 makes files of 99 %
the size whose pixels differ by half a grey level on average), so pictures equal those of a given machine only nearly.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from benchmark.features.lip_sync.distances import FPS
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.media.encoders import to_frame

if TYPE_CHECKING:
    from av import VideoFrame

_QUALITY = 2
_LAMBDA_PER_QUALITY = 118  # FFmpeg's FF_QP2LAMBDA
_TV_RANGE, _FULL_RANGE = 1, 2


class Mpeg4:
    """Frames through an MPEG-4 encoder of constant quality 2 and back. The last line of an odd size is cut off."""

    def __init__(self, width_px: int, height_px: int) -> None:
        import av

        self._size = (width_px - width_px % 2, height_px - height_px % 2)
        self._encoder = _encoder("mpeg4", self._size, "yuv420p", quality=_QUALITY)
        self._decoder: Any = av.CodecContext.create("mpeg4", "r")
        self._count = 0

    def push(
        self,
        frame: np.ndarray,  # uint8 [H, W, 3] RGB
    ) -> list[VideoFrame]:
        """What can be decoded so far."""
        width, height = self._size
        picture = _timed(to_frame(frame[:height, :width], "yuv420p"), self._count)
        self._count += 1
        return self._decoded(self._encoder.encode(picture))

    def finish(self) -> list[VideoFrame]:
        """The rest."""
        if not self._count:
            return []
        return [*self._decoded(self._encoder.encode(None)), *self._decoder.decode(None)]

    def _decoded(self, packets: Iterable[Any]) -> list[VideoFrame]:
        if self._decoder.extradata is None and self._encoder.extradata is not None:
            self._decoder.extradata = self._encoder.extradata
        return [frame for packet in packets for frame in self._decoder.decode(packet)]


class Jpegs:
    """Frames to JPEG files one after the other; `quality` None is FFmpeg's default, which depends on those before."""

    def __init__(self, width_px: int, height_px: int, *, quality: int | None) -> None:
        self._encoder = _encoder("mjpeg", (width_px, height_px), "yuvj420p", quality=quality)
        self._count = 0

    def push(self, frame: VideoFrame) -> bytes:
        """The JPEG file of the frame."""
        full = frame.reformat(format="yuvj420p", src_color_range=_TV_RANGE, dst_color_range=_FULL_RANGE, threads=1)
        packets = self._encoder.encode(_timed(full, self._count))
        self._count += 1
        return b"".join(bytes(packet) for packet in packets)


def read_jpeg(data: bytes) -> np.ndarray:
    """uint8 [H, W, 3] BGR, as `cv2.imread` gives it."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


def through_crop_file(
    crops: Iterable[np.ndarray],  # uint8 [224, 224, 3] BGR
    size_px: int,
) -> Iterator[np.ndarray]:
    """The crops as SyncNet gets them: through `cv2.VideoWriter` XVID and a JPEG each; uint8 [224, 224, 3] BGR.

    OpenCV writes to files only, so one lies in a temporary folder meanwhile. Raises BenchmarkError where this OpenCV
    has no XVID encoder.
    """
    with tempfile.TemporaryDirectory(prefix="syncnet-legacy-") as folder:
        path = str(Path(folder) / "crop.avi")
        writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"XVID"), FPS, (size_px, size_px))
        if not writer.isOpened():
            raise BenchmarkError("expected an OpenCV that writes XVID, as syncnet-legacy needs, but it cannot")
        for crop in crops:
            writer.write(crop)
        writer.release()
        yield from read_crop_file(path)


def read_crop_file(path: Path | str) -> Iterator[np.ndarray]:
    """Frames of a video of crops as the script sees them, after the JPEG dump; uint8 [H, W, 3] BGR."""
    import av

    with av.open(str(path)) as container:
        jpegs: Jpegs | None = None
        for frame in container.decode(video=0):
            jpegs = jpegs or Jpegs(frame.width, frame.height, quality=None)
            yield read_jpeg(jpegs.push(frame))


def _encoder(codec: str, size: tuple[int, int], pixels: str, *, quality: int | None) -> Any:
    import av
    from av.codec.context import Flags

    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt = pixels
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    encoder.thread_count = 1  # as there; with more the rate control sees frames in another order
    if quality is not None:
        encoder.flags |= int(Flags.qscale)
        encoder.options = {"global_quality": str(quality * _LAMBDA_PER_QUALITY)}
    return encoder


def _timed(frame: VideoFrame, index: int) -> VideoFrame:
    from av.video.frame import PictureType

    frame.pts, frame.time_base = index, Fraction(1, FPS)
    frame.pict_type = PictureType.NONE  # a decoded frame would ask the encoder for its own type again
    return frame
