"""Output that never ends a run: terminals without UTF-8, readers that go away, disks that are full."""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
import unicodedata
from typing import TextIO

READABLE = "feed-readable"
"""Name of the error handler for characters that an encoding lacks; see `readable`."""
_SIGNS = {"↑": "^", "↓": "v", "→": ">", "←": "<", "–": "-", "—": "-", "…": ".", "†": "+", "×": "x", "•": "*"}
_BOXES = "BOX DRAWINGS"


def prepare_output() -> None:
    """Let standard output and error replace what their encoding cannot show, instead of raising."""
    codecs.register_error(READABLE, readable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors != READABLE:
            stream.reconfigure(errors=READABLE)


def print_document(text: str) -> None:
    """Print what is a file rather than text for a terminal: UTF-8, whatever the locale says."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(text, flush=True)


def readable(error: UnicodeError) -> tuple[str | bytes, int]:
    """A codec error handler: arrows, dashes and box lines as ASCII of equal width, other characters as `?`.

    Bytes of a file name that are no UTF-8 are written as they are. Decoding errors are raised.

    >>> codecs.register_error(READABLE, readable)
    >>> "psnr ↑ │ 3 – 4".encode("latin-1", READABLE)
    b'psnr ^ | 3 - 4'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    first = error.object[error.start]
    if "\udc80" <= first <= "\udcff":  # "surrogateescape": a byte that could not be decoded
        return bytes([ord(first) - 0xDC00]), error.start + 1
    return "".join(map(_ascii, error.object[error.start : error.end])), error.end


def _ascii(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    name = unicodedata.name(character, "")
    if name.startswith(_BOXES):
        words = name.split()[2:]
        if "HORIZONTAL" in words and len(words) <= 2:
            return "-"
        return "|" if "VERTICAL" in words and len(words) <= 2 else "+"
    plain = unicodedata.normalize("NFKD", character)[0]
    return plain if plain.isascii() else "?"


def reader_is_gone() -> bool:
    """Whether the program that reads our output, such as `head`, has ended."""
    return any(_is_broken(stream) for stream in (sys.stdout, sys.stderr) if stream is not None)


def finish_output() -> None:
    """Flush; what cannot be written is dropped, so that nothing is left to fail when Python exits."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            _drop(stream)


def _is_broken(stream: TextIO) -> bool:
    try:
        number = stream.fileno()
    except (OSError, ValueError):  # no file: a test's or a notebook's stream
        return False
    poll = select.poll()
    poll.register(number, 0)
    return any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))


def _drop(stream: TextIO) -> None:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
