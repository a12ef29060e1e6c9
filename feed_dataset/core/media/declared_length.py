"""How long a file says that it is: MP4, AVI and Matroska declare it, so a cut is seen without reading the rest."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

# What ISO 14496-12 and QuickTime put at the top of a file; anything else there is padding of a camera.
_BOXES = frozenset(b"ftyp moov mdat free skip wide uuid moof mfra sidx styp udta meta pnot".split())
_MOST_BOXES = 1_000_000
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def missing_bytes(path: Path) -> int:
    """How many bytes of those that a container declares are not there; 0 where all are, or none are declared.

    Raises OSError.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF" and len(head) >= 8:
            end = 8 + struct.unpack_from("<I", head, 4)[0]
        elif head[:4] == _EBML:
            end = _matroska_end(file)
        else:
            end = _boxes_end(file, size)
    return max(end - size, 0)


def _boxes_end(file: BinaryIO, size: int) -> int:
    """End of the last top-level box; 0 for what is no MP4."""
    place = 0
    for _ in range(_MOST_BOXES):
        file.seek(place)
        head = file.read(16)
        if place >= size or len(head) < 8 or head[4:8] not in _BOXES:
            break
        length = struct.unpack_from(">I", head)[0]
        if length == 1 and len(head) == 16:
            length = struct.unpack_from(">Q", head, 8)[0]
        if length < 8:  # 0: to the end of the file
            break
        place += length
    return place


def _matroska_end(file: BinaryIO) -> int:
    """End of the segment behind the EBML header; 0 where its size is left open, as in a live recording."""
    file.seek(4)
    length, _ = _number(file)
    file.seek(file.tell() + length)
    if file.read(4) != _SEGMENT:
        return 0
    length, is_open = _number(file)
    return 0 if is_open else file.tell() + length


def _number(file: BinaryIO) -> tuple[int, bool]:
    """An EBML number of 1 to 8 bytes, and whether all its bits are set: "unknown"."""
    first = file.read(1)
    if not first or not first[0]:
        return 0, True
    extra = 8 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & ((1 << (7 - extra)) - 1)]) + file.read(extra), "big")
    return value, value == (1 << (7 * (extra + 1))) - 1
