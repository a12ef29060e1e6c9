"""One pass over the packets of a video: which frames it shows, and whether it holds what it declares."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from feed_dataset.core.jobs.errors import VideoDecodeError
from feed_dataset.core.media.clocks import PacketClock
from feed_dataset.core.media.containers import check_frame_size, media_errors, open_media, reader_name, video_stream
from feed_dataset.core.media.declared_length import missing_bytes
from feed_dataset.core.media.first_frame import FirstFrame, decode_alone, read_first_frame
from feed_dataset.core.media.frame_index import MAX_FRAMES, FrameIndex
from feed_dataset.core.media.header_only import open_lean, packets_of

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_MISSING_END_S = 0.5  # how much earlier than declared the last frame may be where no frame count is declared


@dataclass(frozen=True)
class VideoScan:
    """What the packets and the header of a video say; rotation is not applied."""

    index: FrameIndex
    fps: Fraction
    codec: str
    container: str  # FFmpeg's name of the format, such as "mov,mp4,m4a,3gp,3g2,mj2"
    audio_rate_hz: int | None  # None where there is no sound, 0 where FFmpeg does not know its codec
    first: FirstFrame | None  # where it was asked for
    fault: str | None  # why this is less than the file declares, such as "expected 300 frames but it holds 137: ..."


class _Packet(NamedTuple):
    pts: int | None
    dts: int | None
    is_keyframe: bool
    is_hidden: bool  # by an edit list


def sound_index(path: Path | str) -> FrameIndex:
    """The frames of a video that holds all that it declares. Raises VideoDecodeError for any other."""
    scan = scan_video(path)
    if scan.fault:
        raise VideoDecodeError(path, "scan", scan.fault)
    return scan.index


def scan_video(path: Path | str, *, first_frame: bool = False) -> VideoScan:
    """Read every packet of the first video stream, and decode it where packets do not tell which frames there are.

    Args:
        first_frame: also decode the first frame.

    Raises VideoDecodeError where there is no frame at all.
    """
    first: FirstFrame | None = None
    with media_errors(path), open_lean(path) as container:
        stream = video_stream(container, path)
        clock = PacketClock(container, stream)
        packets: list[_Packet] = []
        for packet in map(clock.stamp, packets_of(container, stream)):
            if packet.size:
                if first_frame and not packets:
                    first = decode_alone(stream, packet)
                    check_frame_size(stream, path)
                packets.append(_Packet(packet.pts, packet.dts, packet.is_keyframe, packet.is_discard))
            if len(packets) > MAX_FRAMES:
                raise VideoDecodeError(path, reader_name(), f"it has more than {MAX_FRAMES} frames")
        shown = sum(not packet.is_hidden for packet in packets)
        if not shown:
            raise VideoDecodeError(path, reader_name(), "it holds no video frame")
        fps = _frame_rate(stream)
        time_base = Fraction(stream.time_base or 1 / fps)
        index = _index(packets, time_base, fps)
        audio = [one.codec_context.sample_rate if one.codec_context else 0 for one in container.streams.audio[:1]]
        fault = _restart(packets, time_base) or _cut(path, stream, packets, index, fps)
        if clock.must_decode and fault is None and not index.counted:
            index = _checked(path, index)
        return VideoScan(
            index=index,
            fps=fps,
            codec=stream.codec_context.name,
            container=container.format.name,
            audio_rate_hz=audio[0] if audio else None,
            fault=fault,
            first=(first or read_first_frame(path)) if first_frame else None,
        )


def build_frame_index(path: Path | str) -> FrameIndex:
    """The frame index alone. Raises VideoDecodeError."""
    return scan_video(path).index


def _index(packets: list[_Packet], time_base: Fraction, fps: Fraction) -> FrameIndex:
    """Shown frames by time. `packets` come in decoding order."""
    timed = [(packet.pts, packet) for packet in packets if packet.pts is not None]
    untimed = [place for place, packet in enumerate(packets) if packet.pts is None]
    if untimed and (len(timed) < 2 or untimed[-1] > packets.index(timed[1][1])):
        keyframe = np.array([packet.is_keyframe for packet in packets])
        return FrameIndex(np.arange(len(packets), dtype=np.int64), keyframe, 1 / fps, counted=True)
    # What is shown before the first keyframe refers to frames that were cut off. Matroska drops its times.
    first_key = next((pts for pts, packet in timed if packet.is_keyframe), timed[0][0])
    shown = sorted((pts, packet.is_keyframe) for pts, packet in timed if not packet.is_hidden and pts >= first_key)
    return FrameIndex(np.array([pts for pts, _ in shown], np.int64), np.array([key for _, key in shown]), time_base)


def _checked(path: Path | str, index: FrameIndex) -> FrameIndex:
    """The index with the frames that decoding gives: by counting, unless their times are those of the packets."""
    with open_media(path) as container:
        stream = video_stream(container, path)
        stream.thread_type = "SLICE"
        stamp = PacketClock(container, stream).stamp
        decoded = [frame.pts for packet in container.demux(stream) for frame in stamp(packet).decode()]
    times = np.array(sorted(pts for pts in decoded if pts is not None), np.int64)
    if not len(times) or len(times) < len(decoded):
        detail = f"{len(decoded) - len(times)} of its {len(decoded)} frames have no time"
        raise VideoDecodeError(path, reader_name(), detail)
    if len(times) == index.frame_count and decoded == index.pts.tolist():
        return index
    return FrameIndex(times, np.zeros(len(times), bool), index.time_base, counted=True)


def _restart(packets: list[_Packet], time_base: Fraction) -> str | None:
    """Where the clock goes back: files that were put one behind the other, of which readers see a mixture."""
    last: int | None = None
    for number, packet in enumerate(packets):
        if last is not None and packet.dts is not None and packet.dts < last:
            back_s = float((last - packet.dts) * time_base)
            return f"its clock goes back by {back_s:.2f} s at frame {number}: several recordings in one file; split it"
        last = packet.dts if packet.dts is not None else last
    return None


def _cut(path: Path | str, stream: VideoStream, packets: list[_Packet], index: FrameIndex, fps: Fraction) -> str | None:
    """Why this is less than the file declares, or None."""
    hidden = sum(packet.is_hidden for packet in packets)
    expected, shown = stream.frames - hidden, len(packets) - hidden
    container = stream.container.format.name
    if container == "avi":  # which also counts slots in which the frame before stays on
        shown = max(shown, max((packet.dts or 0 for packet in packets), default=0) + 1)
    elif container.startswith("mov,"):  # of which an edit list may leave out frames
        expected = min(stream.frames, len(stream.index_entries)) - hidden
    if expected > shown:
        return f"expected {expected} frames but it holds {shown}: the file is truncated"
    end_s = _declared_end_s(stream)
    if not stream.frames and end_s is not None and index.last_s + float(1 / fps) < end_s - _MISSING_END_S:
        return f"expected {end_s:.2f} s but its {shown} frames end at {index.last_s:.2f} s: the file is truncated"
    missing = missing_bytes(Path(path))
    return f"the file is truncated: {missing} bytes that it declares are missing" if missing else None


def _declared_end_s(stream: VideoStream) -> float | None:
    """End of the stream as Matroska's tag declares it ("00:00:02.000000000"), which survives truncation."""
    tag = next((value for key, value in stream.metadata.items() if key.upper().startswith("DURATION")), None)
    if tag is None:
        return None
    try:
        hours, minutes, seconds = tag.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return None


def _frame_rate(stream: VideoStream) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return Fraction(rate) if rate else Fraction(25)
