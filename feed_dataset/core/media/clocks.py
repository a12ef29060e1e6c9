"""Which time stamps of a container say when a frame is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_SLOTS = ("avi", "asf")  # FFmpeg's names
_PARTIAL = ("mpeg",)


class PacketClock:
    """The times of a container's packets.

    AVI and ASF number slots in decoding order and know no presentation times: FFmpeg guesses those, one frame late for
    some codecs, otherwise after a seek, and in decoding order where frames are shown in another one. So `stamp` makes
    the slot the time of a packet; the decoder hands it on to the packet's frame.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        name, is_reordered = container.format.name, bool(stream.codec_context.has_b_frames)
        self._is_by_slot = name in _SLOTS
        self.must_decode = (self._is_by_slot and is_reordered) or name in _PARTIAL
        """Packets alone do not tell the order or the times of the frames."""

    def stamp(self, packet: Packet) -> Packet:
        """The packet, its presentation time being one that can be relied on."""
        if self._is_by_slot:
            packet.pts = packet.dts
        return packet
