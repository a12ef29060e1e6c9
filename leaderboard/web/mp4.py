"""Rate and length of a preview clip, from the head of its MP4 file (ISO/IEC 14496-12); no video is decoded.

The file is somebody's: sizes are checked before anything is read, and what is no plain steady clip is none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MOST_HEAD = 1 << 20  # bytes of the box "moov"
_MOST_FRAMES = 10_000
_MOST_BOXES = 200


@dataclass(frozen=True)
class Timing:
    """Of the one video track of a clip: frames a second at a steady rate, and how many there are."""

    fps: float
    frames: int


def timing_of(path: Path) -> Timing | None:
    """Read a file's head; None for one that is damaged, has several video tracks, sound, or an uneven rate."""
    try:
        with path.open("rb") as file:
            moov = _head(file, path.stat().st_size)
    except OSError:
        return None
    if moov is None:
        return None
    try:
        tracks = [_track(body) for name, body in _boxes(moov) if name == b"trak"]
    except (struct.error, ValueError):
        return None
    return tracks[0] if len(tracks) == 1 else None


def _head(file: BinaryIO, size: int) -> bytes | None:
    """Content of the first "moov", which may stand before or after the frames."""
    place = 0
    for _ in range(_MOST_BOXES):
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            return None
        length, name = struct.unpack(">I4s", head[:8])
        start = 8
        if length == 1 and len(head) == 16:
            (length,), start = struct.unpack(">Q", head[8:]), 16
        if length < start or place + length > size:
            return None
        if name == b"moov":
            return None if length > _MOST_HEAD else head[start:] + file.read(length - max(start, len(head)))
        place += length
    return None


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    for _ in range(_MOST_BOXES):
        if place + 8 > len(body):
            return
        length, name = struct.unpack_from(">I4s", body, place)
        if length < 8 or place + length > len(body):
            raise ValueError("a box ends outside its parent")
        yield name, body[place + 8 : place + length]
        place += length


def _inside(body: bytes, *names: bytes) -> bytes:
    for wanted in names:
        body = next((inner for name, inner in _boxes(body) if name == wanted), b"")
    return body


def _track(body: bytes) -> Timing:
    """Raises ValueError for a track that is no video, or has another rate in its middle."""
    media = _inside(body, b"mdia")
    handler, clock = _inside(media, b"hdlr"), _inside(media, b"mdhd")
    if handler[8:12] != b"vide":
        raise ValueError("a track that is no video")
    (scale,) = struct.unpack_from(">I", clock, 20 if clock[:1] == b"\1" else 12)
    table = _inside(media, b"minf", b"stbl", b"stts")
    (count,) = struct.unpack_from(">I", table, 4)
    if not 1 <= count <= 2 or not scale:
        raise ValueError("a rate that changes")
    runs = [struct.unpack_from(">II", table, 8 + 8 * i) for i in range(count)]
    if len(runs) == 2 and runs[1][0] != 1:  # the last frame alone may be shown for another time
        raise ValueError("a rate that changes")
    frames = sum(number for number, _ in runs)
    if not 1 <= frames <= _MOST_FRAMES or not runs[0][1]:
        raise ValueError("no frames")
    return Timing(scale / runs[0][1], frames)
