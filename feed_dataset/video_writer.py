"""Writing H.264 clips whose bytes depend only on frames, sound, settings and encoder version."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from feed_dataset.atomic import replacing
from feed_dataset.video_types import Audio

if TYPE_CHECKING:
    from av.container import OutputContainer

_BT709 = 1  # value of colour primaries, transfer and matrix in H.264, HEVC and MP4
_AAC_BITS_PER_SECOND = 64_000


def write_video(
    path: Path | str,
    frames: np.ndarray,  # uint8 [T, H, W, 3] RGB, even height and width
    fps: Fraction | int,
    *,
    audio: Audio | None = None,
    crf: int = 18,
    preset: str = "medium",
) -> None:
    """Write an H.264 MP4 (yuv420p, BT.709, index first), with AAC sound when `audio` is given; atomic.

    One encoder thread, so that the same input gives the same bytes on any number of cores.
    """
    import av

    _check_frames(frames)
    with replacing(Path(path)) as temporary:
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(str(temporary), mode="w", format="mp4", options=options) as container:
            stream = container.add_stream("libx264", rate=Fraction(fps))
            stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
            stream.options = {"crf": str(crf), "preset": preset, "threads": "1"}
            context = stream.codec_context
            context.thread_count = 1
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.color_range = 1  # limited
            sound = _SoundWriter(container, audio) if audio is not None else None
            for picture in frames:
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
                frame = frame.reformat(
                    format="yuv420p", src_color_range="JPEG", dst_colorspace="ITU709", dst_color_range="MPEG"
                )
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if sound is not None:
                sound.write()


class _SoundWriter:
    """An AAC stream beside the pictures."""

    def __init__(self, container: OutputContainer, audio: Audio) -> None:
        self._container = container
        self._audio = audio
        self._stream = container.add_stream("aac", rate=audio.sample_rate_hz, layout="mono")
        self._stream.codec_context.bit_rate = _AAC_BITS_PER_SECOND
        self._stream.codec_context.thread_count = 1

    def write(self) -> None:
        import av

        samples = np.ascontiguousarray(np.clip(self._audio.samples, -1, 1), np.float32)
        size = self._stream.codec_context.frame_size or 1024
        for start in range(0, len(samples), size):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + size], format="fltp", layout="mono")
            frame.sample_rate = self._audio.sample_rate_hz
            frame.pts = start
            frame.time_base = Fraction(1, self._audio.sample_rate_hz)
            self._container.mux(self._stream.encode(frame))
        self._container.mux(self._stream.encode(None))


def _check_frames(frames: np.ndarray) -> None:
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or not len(frames):
        raise ValueError(f"expected frames uint8 [T, H, W, 3] but got {frames.dtype}{list(frames.shape)}")
    if frames.shape[1] % 2 or frames.shape[2] % 2:
        raise ValueError(f"expected an even height and width (yuv420p) but got {frames.shape[1]} x {frames.shape[2]}")
