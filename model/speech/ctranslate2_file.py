"""Tensors of a CTranslate2 model file (`model.bin`, version 6): plain bytes, every length checked before it is used.

The layout is that of CTranslate2's `models/model.cc`: little-endian; a text is its length in two bytes, the zero at its
end counted; then version, kind, revision, tensors by name, and other names for some of them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from feed_dataset.core.jobs.errors import words_of
from feed_dataset.core.jobs.files import regular_size
from model.networks.errors import ModelError

VERSION = 6
_MOST_NAME_BYTES = 256
_MOST_TENSORS = 100_000
_MOST_DIMENSIONS = 8
_ITEM_BYTES = {0: 4, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2}  # float32, int8, int16, int32, float16, bfloat16
_FLOATS: Mapping[int, np.dtype[np.floating]] = {0: np.dtype("<f4"), 4: np.dtype("<f2")}


def read_tensors(path: Path, kind: str, prefix: str) -> dict[str, np.ndarray]:
    """Tensors whose names begin with `prefix`, by the rest of their names, float32.

    Scalars and whole numbers, which are settings, are left out. Other tensors are passed over unread.

    Args:
        kind: what the file has to say that it is, such as "WhisperSpec".

    Raises:
        ModelError: not such a file, or damaged.
    """
    try:
        size = regular_size(path)
        with path.open("rb") as stream:
            return _Reader(stream, size).tensors(kind, prefix)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {words_of(error)}") from error
    except _Damaged as error:
        raise ModelError(f"expected a CTranslate2 model in {path} but {error}; download it again") from error


class _Damaged(Exception):
    """What is wrong with the file."""


class _Reader:
    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._left = stream, size

    def tensors(self, kind: str, prefix: str) -> dict[str, np.ndarray]:
        version = self._number("I")
        if version != VERSION:
            raise _Damaged(f"its version is {version}, not {VERSION}")
        found_kind = self._text()
        if found_kind != kind:
            raise _Damaged(f"it is a {found_kind!r}, not a {kind}")
        self._number("I")
        found: dict[str, np.ndarray] = {}
        for _ in range(self._count("tensors")):
            name = self._text()
            tensor = self._tensor(name, wanted=name.startswith(prefix))
            if tensor is not None:
                if name[len(prefix) :] in found:
                    raise _Damaged(f"it has {name!r} twice")
                found[name[len(prefix) :]] = tensor
        for _ in range(self._count("further names")):
            self._text()
            self._text()
        if self._left:
            raise _Damaged(f"{self._left} bytes follow its end")
        return found

    def _tensor(self, name: str, *, wanted: bool) -> np.ndarray | None:
        dimensions = self._number("B")
        if dimensions > _MOST_DIMENSIONS:
            raise _Damaged(f"{name!r} has {dimensions} dimensions")
        shape = [self._number("I") for _ in range(dimensions)]
        code, size = self._number("B"), self._number("I")
        if code not in _ITEM_BYTES:
            raise _Damaged(f"{name!r} has numbers of an unknown kind, {code}")
        if size != prod(shape) * _ITEM_BYTES[code]:
            raise _Damaged(f"{name!r} has {size} bytes for the shape {shape}")
        if not wanted or not shape or code not in _FLOATS:
            self._pass(size)
            return None
        tensor = np.frombuffer(self._bytes(size), _FLOATS[code]).astype(np.float32).reshape(shape)
        if not np.isfinite(tensor).all():
            raise _Damaged(f"{name!r} holds numbers that are not finite")
        return tensor

    def _count(self, what: str) -> int:
        count = self._number("I")
        if count > _MOST_TENSORS:
            raise _Damaged(f"it promises {count} {what}")
        return count

    def _text(self) -> str:
        length = self._number("H")
        if not 0 < length <= _MOST_NAME_BYTES:
            raise _Damaged(f"a name has {length} bytes")
        raw = self._bytes(length)
        if raw[-1] or not raw[:-1].isascii() or not raw[:-1].decode("ascii").isprintable():
            raise _Damaged("a name is no text")
        return raw[:-1].decode("ascii")

    def _number(self, code: str) -> int:
        value: int = struct.unpack("<" + code, self._bytes(struct.calcsize("<" + code)))[0]
        return value

    def _bytes(self, count: int) -> bytes:
        self._take(count)
        read = self._stream.read(count)
        if len(read) != count:
            raise _Damaged("it became shorter while it was read")
        return read

    def _pass(self, count: int) -> None:
        self._take(count)
        self._stream.seek(count, 1)

    def _take(self, count: int) -> None:
        if count > self._left:
            raise _Damaged(f"it ends {count - self._left} bytes too early")
        self._left -= count
