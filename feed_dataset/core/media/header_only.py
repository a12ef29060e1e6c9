"""Opening an MP4 without decoding frames of it: its header and its first frames say all that reading needs.

FFmpeg decodes at least the first frame, which costs the most, whenever it opens a file, to learn the pixel format and
how many frames are reordered. An MP4 gives every packet both of its times in the header, so FFmpeg knows the order
without that, and a decoder tells the rest with its first frame. In other containers, and for other codecs, more hangs
on it, so those are opened as usual.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.media.containers import file_head, open_checked

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_UNDECODED = {"skip_frame": "all", "probesize": "32"}  # FFmpeg reads one packet and decodes nothing
_VIDEO, _AUDIO = ("h264", "hevc"), ("aac", "pcm_")  # FFmpeg's names, and how they begin


def open_lean(path: Path | str) -> InputContainer:
    """As `open_container`, without decoding anything where the packets and their order do not depend on it.

    The video stream may know only after its first decoded frame what its pixel format is, and whether pixels are
    square; `packets_of` finds the audio rate. The caller closes it. Raises VideoDecodeError.
    """
    if _is_mp4(file_head(path)):
        container = open_checked(path, _UNDECODED)
        if _says_enough(container):
            return container
        container.close()
    return open_checked(path)


def packets_of(container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
    """Every packet of a video stream; on the way one of AAC is decoded, whose header may say half of its rate."""
    from av.error import FFmpegError

    sound = next(iter(container.streams.audio), None)
    if sound is not None and sound.codec_context is not None and sound.codec_context.name == "aac":
        for packet in container.demux(stream, sound):
            if packet.stream_index == stream.index:
                yield packet
            elif packet.size:
                try:
                    sound.codec_context.decode(packet)
                except FFmpegError:
                    pass  # of damaged sound the header's rate is all there is
                break
    yield from container.demux(stream)


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def _says_enough(container: InputContainer) -> bool:
    """Whether the header has all that FFmpeg decodes frames for, or the first frame of a decoder has it."""
    sounds = container.streams.audio[:1]
    return (
        container.format.name.startswith("mov,")
        and all(map(_has_header, container.streams.video))
        and all(sound.codec_context is not None and sound.codec_context.name.startswith(_AUDIO) for sound in sounds)
    )


def _has_header(stream: VideoStream) -> bool:
    context = stream.codec_context
    if context is None or context.name not in _VIDEO or not context.extradata:
        return False
    return bool(context.width * context.height and stream.average_rate and stream.frames)
