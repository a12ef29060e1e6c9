"""The archive: a ZIP file of which every byte besides the members' content is decided by their names and sizes.

Members are stored as they are, `manifest.json` first, the others in the order of their names, with fixed dates and
rights, without comments, extra fields or anything between them. So the same members make the same bytes, and a reader
has nothing to decide: it writes the headers that must be there and compares. What other readers of ZIP files disagree
about (links, compressed members, two members of a name, data before, after or between members) cannot be written down
in this form. Source of the layout: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import words_of
from leaderboard.bundle.problems import Refused

MANIFEST = "manifest.json"
MAX_BYTES = 1 << 30  # of a bundle; a ZIP file without its 64-bit extension has at most 4 GiB
MAX_MEMBERS = 1000
MAX_NAME = 200
PLACE = "archive"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*){0,3}")
_CHUNK = 1 << 20
_VERSION, _MADE_BY = 20, (3 << 8) | 20  # ZIP 2.0, on Unix
_DATE = (1980 - 1980) << 9 | 1 << 5 | 1
_MODE = (stat.S_IFREG | 0o644) << 16
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Args:
        offset: of its content in the archive.
    """

    name: str
    size: int
    crc: int
    offset: int


Content = Sequence[bytes | Path]
"""A member's content in pieces, one after the other."""


def is_name(name: str) -> bool:
    """Whether a member may have a name: at most four parts of letters, digits and _ . + -, none of them hidden."""
    return len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None


def ordered(names: Sequence[str]) -> list[str]:
    """Names in the order of an archive."""
    return sorted(names, key=lambda name: (name != MANIFEST, name))


def write_archive(path: Path, members: Mapping[str, Content]) -> None:
    """Write an archive whole or not at all. Raises ValueError where a name or the size is no bundle's."""
    with replacing(path) as temporary, temporary.open("wb") as out:
        written: list[Member] = []
        for name in ordered(list(members)):
            if not is_name(name):
                raise ValueError(f"expected a name of letters, digits and _ . + - but got {name!r}")
            size, crc = _measure(members[name])
            out.write(_local(name, size, crc))
            written.append(Member(name, size, crc, out.tell()))
            for chunk in _chunks(members[name]):
                out.write(chunk)
        out.write(_directory(written, out.tell()))
        if (size := out.tell()) > MAX_BYTES or len(written) > MAX_MEMBERS:
            raise ValueError(f"expected at most {MAX_BYTES} bytes and {MAX_MEMBERS} members but got {size}")


class Archive:
    """An archive that was found to be in the one form; use it as a context.

    Args:
        path: a regular file of at most `max_bytes`.

    Raises:
        Refused: it is anything else.
    """

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._file, self._size = _open(path, max_bytes)
        try:
            self.members = {member.name: member for member in self._walk()}
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, name: str, max_bytes: int) -> bytes:
        """The content of a member. Raises Refused where it is missing or larger."""
        member = self.members.get(name)
        if member is None:
            raise Refused(name, "expected this member but it is missing")
        if member.size > max_bytes:
            raise Refused(name, f"expected at most {max_bytes} bytes but got {member.size}")
        self._file.seek(member.offset)
        return self._file.read(member.size)

    def digests(self) -> tuple[str, dict[str, str]]:
        """sha256 of the whole file, and of each member; each byte is read once. Raises Refused for a wrong CRC."""
        whole, found, at = hashlib.sha256(), {}, 0
        for member in self.members.values():
            whole.update(self._exactly(at, member.offset - at))
            own, crc, left = hashlib.sha256(), 0, member.size
            while left:
                chunk = self._exactly(member.offset + member.size - left, min(left, _CHUNK))
                whole.update(chunk)
                own.update(chunk)
                crc, left = zlib.crc32(chunk, crc), left - len(chunk)
            if crc != member.crc:
                raise Refused(member.name, f"expected content of CRC {member.crc:08x} but got {crc:08x}")
            found[member.name], at = own.hexdigest(), member.offset + member.size
        whole.update(self._exactly(at, self._size - at))
        return whole.hexdigest(), found

    def _walk(self) -> Iterator[Member]:
        """Members in their order; the directory behind them must be the one that they have."""
        found: list[Member] = []
        at = 0
        while self._exactly(at, 4) == _LOCAL_MARK:
            if len(found) == MAX_MEMBERS:
                raise Refused(PLACE, f"expected at most {MAX_MEMBERS} members but got more")
            member = self._member(at)
            if found and (member.name <= found[-1].name and found[-1].name != MANIFEST):
                raise Refused(PLACE, f"expected members once, by name, but {member.name!r} follows {found[-1].name!r}")
            if (not found) != (member.name == MANIFEST):
                raise Refused(PLACE, f"expected {MANIFEST} as the first member but got {member.name!r} there")
            found.append(member)
            at = member.offset + member.size
        if not found:
            raise Refused(PLACE, "expected a bundle, a ZIP file, but got something else")
        due = _directory(found, at)
        if self._size != at + len(due) or self._exactly(at, len(due)) != due:
            raise Refused(PLACE, f"expected a directory of {len(due)} bytes that fits its {len(found)} members at {at}")
        yield from found

    def _member(self, at: int) -> Member:
        fields = _LOCAL.unpack(self._exactly(at, _LOCAL.size))
        _, _, flags, method, _, _, crc, packed, size, name_length, extra = fields
        if name_length > MAX_NAME:
            raise Refused(PLACE, f"expected names of at most {MAX_NAME} bytes but got {name_length}")
        name = self._exactly(at + _LOCAL.size, name_length).decode("latin-1")
        if not is_name(name):
            raise Refused(PLACE, f"expected a name of letters, digits and _ . + - but got {name!r}")
        if method or packed != size:
            raise Refused(name, f"expected content that is stored as it is but got compression method {method}")
        header = self._exactly(at, _LOCAL.size + name_length)
        if header != _local(name, size, crc):
            raise Refused(name, f"expected the header of a bundle's member but got flags {flags}, extra field {extra}")
        if size > self._size - at:
            raise Refused(name, f"expected its {size} bytes but the file ends before")
        return Member(name, size, crc, at + len(header))

    def _exactly(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        content = self._file.read(size)
        if len(content) != size:
            raise Refused(PLACE, f"expected {size} bytes at {at} but the file ends before")
        return content


def _open(path: Path, max_bytes: int) -> tuple[BinaryIO, int]:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise Refused(PLACE, f"cannot be read: {words_of(error)}") from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_size > max_bytes:
        os.close(handle)
        got = f"{found.st_size} bytes" if stat.S_ISREG(found.st_mode) else "no regular file"
        raise Refused(PLACE, f"expected a file of at most {max_bytes} bytes but got {got}")
    return os.fdopen(handle, "rb"), found.st_size


def _local(name: str, size: int, crc: int) -> bytes:
    encoded = name.encode("ascii")
    return _LOCAL.pack(_LOCAL_MARK, _VERSION, 0, 0, 0, _DATE, crc, size, size, len(encoded), 0) + encoded


def _directory(members: Sequence[Member], at: int) -> bytes:
    """The central directory and its end, for members that end at `at`."""
    entries = []
    for one in members:
        name = one.name.encode("ascii")
        start = one.offset - _LOCAL.size - len(name)
        fields = (_MADE_BY, _VERSION, 0, 0, 0, _DATE, one.crc, one.size, one.size, len(name), 0, 0, 0, 0, _MODE, start)
        entries.append(_CENTRAL.pack(_CENTRAL_MARK, *fields) + name)
    directory = b"".join(entries)
    return directory + _END.pack(_END_MARK, 0, 0, len(members), len(members), len(directory), at, 0)


def _measure(content: Content) -> tuple[int, int]:
    size = crc = 0
    for chunk in _chunks(content):
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
    return size, crc


def _chunks(content: Content) -> Iterator[bytes]:
    for piece in content:
        if isinstance(piece, bytes):
            yield piece
            continue
        with piece.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk


def sha256_of(content: Content) -> tuple[int, str]:
    """Size and sha256 of a member's content."""
    size, digest = 0, hashlib.sha256()
    for chunk in _chunks(content):
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()
