"""Files that lie where weights should be and are none: what a browser saved, and what a clone without LFS leaves."""

from __future__ import annotations

from pathlib import Path

_STARTS = {b"<!doctype": "a web page", b"<html": "a web page", b"version https://git-lfs": "a pointer of Git LFS"}
_HEAD_BYTES = 256


def no_weights(path: Path) -> str | None:
    """Why a file or folder can be no weights, from its first bytes, as what follows its name; None where it may be."""
    if path.is_dir():
        return None if any(path.iterdir()) else "is an empty folder"
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).lstrip().lower()
    if not head:
        return "is empty (0 bytes)"
    for start, what in _STARTS.items():
        if head.startswith(start):
            return f"is {what} ({path.stat().st_size} bytes), not weights"
    return None
