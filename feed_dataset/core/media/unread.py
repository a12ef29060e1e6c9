"""Files that hold pictures and are not read, told by their first bytes.

FFmpeg says "invalid argument" of those that may not be opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

# First bytes -> what begins with them. Sources: the formats' own specifications.
_HEADS: Mapping[bytes, str] = MappingProxyType(
    {
        b"GIF8": "a GIF",
        b"\x06\x0e\x2b\x34": "an MXF file",
        b"nut/multimedia container": "a NUT file",
        b"DKIF": "an IVF file",
        b".RMF": "a RealMedia file",
        b"YUV4MPEG2": "a raw stream of frames (YUV4MPEG)",
        b"\x00\x00\x01\xb3": "a raw MPEG-1 or MPEG-2 stream",
        b"\x00\x00\x01\xb0": "a raw MPEG-4 stream",
        b"\xff\xd8\xff": "a JPEG picture or a raw stream of them",
        b"\x89PNG": "a PNG picture",
        b"\x1f\x07\x00": "a raw DV stream",
        b"version https://git-lfs": "a pointer of Git LFS; run `git lfs pull`",
        b"<!DOCTYPE": "a web page; download the file again",
        b"<html": "a web page; download the file again",
    }
)
HEAD_BYTES = max(map(len, _HEADS))
"""How many first bytes of a file are looked at."""


def unread_kind(head: bytes, name: str) -> str | None:
    """Why a file that begins so is not read as a video, with what to do; None where its first bytes say nothing."""
    kind = next((kind for start, kind in _HEADS.items() if head.startswith(start)), None)
    if kind is None:
        return None
    file = Path(name)
    advice = "" if ";" in kind else f"; turn it into a video, as with `ffmpeg -i {file.name} {file.stem}.mkv`"
    return f"it is {kind}{', which is not read as a video' if advice else ''}{advice}"
