"""Encoders whose bytes depend on what is encoded, the settings and the encoder's version: not on cores, load or day.

Every file of ours with video or audio is opened here, and three things hold for all of them:

- Threads are a fixed number, one by default. FFmpeg's "auto" follows the machine, and x264, libvpx, MPEG-4 and JPEG
  encoders write other bytes for another number of threads. For the same number they write the same bytes.
- Nothing is chosen by the kind of processor: x264 runs with `cpu-independent` (else rate control takes a fast
  reciprocal of the processor's own precision, 1.4 % of the bytes), FFmpeg's own encoders with `bitexact`.
- No date, no random id and no name of a library in the container.

What is left between processors: `swscale` turns RGB into YUV a little differently without SSE2 (one grey level in 2 %
of the values), so bytes are the same on every x86 processor and frames within two grey levels on others.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from av import VideoFrame
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream


_AAC_RATES_HZ = (16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


def open_output(path: Path | str, container: str | None = None, *, is_index_first: bool = False) -> OutputContainer:
    """A container to write into.

    Args:
        container: FFmpeg's name, such as "matroska"; the suffix of `path` decides without it.
        is_index_first: of MP4 and MOV, so that a player on the net can begin before it has the whole file.
    """
    import av

    options = {"fflags": "+bitexact"}
    if is_index_first:
        options["movflags"] = "+faststart"
    return av.open(str(path), "w", format=container, options=options)


def add_video(
    output: OutputContainer,
    codec: str,
    fps: Fraction | int,
    size_px: tuple[int, int],
    pix_fmt: str,
    *,
    options: Mapping[str, str] | None = None,
    threads: int = 1,
    time_base: Fraction | None = None,
) -> VideoStream:
    """A video stream of frames of `size_px` (width, height).

    Args:
        codec: FFmpeg's name of the encoder, such as "libx264".
        options: of the encoder.
        threads: a fixed number that must not come from the machine; another number gives other bytes.
        time_base: of frames that have times of their own; None numbers them at `fps`.
    """
    settings = dict(options or {})
    if codec == "libx264":
        given = settings.get("x264-params")
        settings["x264-params"] = "cpu-independent=1" + (f":{given}" if given else "")
    stream: Any = output.add_stream(codec, rate=Fraction(fps), options=settings)
    stream.width, stream.height = size_px
    stream.pix_fmt = pix_fmt
    if time_base is not None:
        stream.codec_context.time_base = stream.time_base = time_base
    _settle(stream.codec_context, threads)
    return stream


def add_audio(
    output: OutputContainer, codec: str, rate_hz: int, layout: str, *, bits_per_second: int | None = None
) -> AudioStream:
    """An audio stream; `layout` is "mono" or "stereo"."""
    stream: Any = output.add_stream(codec, rate=rate_hz, layout=layout)
    if bits_per_second is not None:
        stream.codec_context.bit_rate = bits_per_second
    _settle(stream.codec_context, 1)
    return stream


def aac_rate(rate_hz: int) -> int:
    """The rate at which sound of another rate becomes AAC that every player takes: the next one up, 48 kHz at most."""
    return next((known for known in _AAC_RATES_HZ if known >= rate_hz), _AAC_RATES_HZ[-1])


def to_frame(
    picture: np.ndarray,  # uint8 [H, W, 3] RGB
    pix_fmt: str,
    **conversion: Any,
) -> VideoFrame:
    """A frame for an encoder, converted on this thread.

    PyAV's own default is a thread per core, and an error where the system lets no more threads start.

    Args:
        conversion: arguments of PyAV's `VideoFrame.reformat`, such as dst_colorspace="ITU709".
    """
    import av

    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    if pix_fmt == "rgb24" and not conversion:
        return frame  # which reformat would copy
    return frame.reformat(format=pix_fmt, threads=1, **conversion)


def _settle(context: Any, threads: int) -> None:
    from av.codec.context import Flags

    context.thread_count = threads
    context.flags |= int(Flags.bitexact)
