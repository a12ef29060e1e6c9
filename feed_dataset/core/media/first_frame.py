"""Size and rotation of a video as it is shown: only a decoded frame has them for certain."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.clocks import PacketClock
from feed_dataset.core.media.containers import open_media, reader_name, video_stream
from feed_dataset.core.media.rgb import quarter_turns
from feed_dataset.core.media.square import pixel_aspect_of, square_width_px

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class FirstFrame:
    """The first frame that a decoder gives."""

    pts: int | None
    width_px: int  # upright, of square pixels
    height_px: int
    rotation_deg: int  # anticlockwise; what the file asks the player to do
    pixel_aspect: Fraction  # width / height of a stored pixel, upright
    pix_fmt: str  # FFmpeg's name, as it is stored


def read_first_frame(path: Path | str) -> FirstFrame:
    """Decode from the start until there is a frame. Raises VideoDecodeError."""
    with open_media(path) as container:
        stream = video_stream(container, path)
        stream.codec_context.thread_count = 1  # one frame is wanted: threads would read further
        stamp = PacketClock(container, stream).stamp
        for packet in container.demux(stream):
            for frame in stamp(packet).decode():
                return _told(frame, stream)
    raise VideoDecodeError(path, reader_name(), "it holds no video frame")


def decode_alone(stream: VideoStream, packet: Packet) -> FirstFrame | None:
    """The frame of a first packet without reading on, a third of the cost; None where it takes more packets.

    Leaves the stream's decoder at its end.
    """
    from av.error import FFmpegError

    if not packet.is_keyframe or packet.is_discard:
        return None
    context = stream.codec_context
    context.thread_count = 1
    try:
        frames = [*context.decode(packet), *context.decode(None)]
    except FFmpegError:
        return None  # what reads on says what is wrong
    return _told(frames[0], stream) if len(frames) == 1 else None


def _told(frame: VideoFrame, stream: VideoStream) -> FirstFrame:
    turns = quarter_turns(frame)
    width, height, pixel_aspect = frame.width, frame.height, pixel_aspect_of(stream)
    if turns % 2:
        width, height, pixel_aspect = height, width, 1 / pixel_aspect
    shown_px = square_width_px(width, pixel_aspect)
    return FirstFrame(frame.pts, shown_px, height, turns * 90, pixel_aspect, frame.format.name)
