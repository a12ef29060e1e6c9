"""What a downloaded weights file is, seen from outside: a failed download has a name before any library opens it."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.files import regular_size

_HEAD_BYTES = 1024
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_SIGNS = {
    b"\x1f\x8b": "a gzip archive: unpack it",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"\x89HDF": "an HDF5 file: another library's weights",
    b"%PDF": "a PDF document",
}
_MOST_MEMBERS = 100_000
_CHUNK_BYTES = 1 << 20


def check_checkpoint(path: Path) -> None:
    """Refuse what is no file of `torch.save`, before it is opened as one.

    Of an archive every member's checksum is computed, since PyTorch computes none: a damaged one would give other
    numbers. An archive whose members are compressed is refused: PyTorch never writes one, reads one for minutes, and a
    small file could fill the memory.

    Raises:
        FeedError: says what the file is instead and what to do.
    """
    try:
        size = regular_size(path)
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except OSError as error:
        raise _not_one(path, error.strerror or type(error).__name__) from error
    if size == 0:
        raise _not_one(path, "it is empty (0 bytes); download it again")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise _not_one(path, f"it is a web page of {size} bytes, as a link over its quota gives; download it again")
    if text.startswith(b"version https://git-lfs"):
        raise _not_one(path, f"it is a pointer of Git LFS of {size} bytes; get the file itself with: git lfs pull")
    for sign, what in _SIGNS.items():
        if head.startswith(sign):
            raise _not_one(path, f"it is {what}")
    if head.startswith(_ZIP):
        _check_archive(path, size)
    elif not head.startswith(_PICKLE):
        raise _not_one(path, f"it begins with {head[:8].hex(' ')}, which is neither an archive nor a pickle")


def _check_archive(path: Path, size: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS or len({one.filename for one in members}) != len(members):
                raise _not_one(path, f"its archive has {len(members)} members, some of one name")
            packed = next((one for one in members if one.compress_type != zipfile.ZIP_STORED), None)
            if packed is not None:
                raise _not_one(
                    path, f"its archive was compressed ({packed.filename}); unpack it and zip it without compression"
                )
            if sum(one.file_size for one in members) > size:
                raise _not_one(path, "its archive declares more bytes than the file has; download it again")
            for member in members:
                with archive.open(member) as stream:
                    while stream.read(_CHUNK_BYTES):
                        pass
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise _not_one(path, f"its archive is damaged ({words_of(error)}); download it again") from error


def _not_one(path: Path, reason: str) -> FeedError:
    return FeedError(f"expected a PyTorch weights file but {path} is none: {reason}")
