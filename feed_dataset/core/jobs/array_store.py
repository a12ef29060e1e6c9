"""Files that are either absent or complete: arrays with metadata, and hashes of frames."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.files import regular_size


def write_atomic(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path` and rename it into place."""
    with replacing(path) as temporary:
        write(temporary)


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, Any]) -> None:
    """Write arrays and JSON metadata as one safetensors file, atomically."""
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content = save(tensors, metadata={"json": json.dumps(dict(metadata), sort_keys=True)})

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    write_atomic(path, write)


def load_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """Arrays and metadata of a file that `save_arrays` wrote; None when it is absent or damaged."""
    from safetensors import SafetensorError, safe_open

    if not os.path.isfile(path):
        return None
    try:
        with safe_open(path, framework="np") as file:
            metadata: dict[str, Any] = json.loads((file.metadata() or {})["json"])
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118 - not a dict
    except (SafetensorError, KeyError, ValueError, OSError):
        return None  # a cache entry: what is damaged is made again


def load_metadata(path: Path) -> dict[str, Any] | None:
    """Only the metadata of a file that `save_arrays` wrote: no array is read. None when it is absent or damaged."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            metadata: dict[str, Any] = json.loads((file.metadata() or {})["json"])
            return metadata
    except (SafetensorError, KeyError, ValueError, OSError):
        return None


def frames_sha256(frames: np.ndarray) -> str:
    """Content hash of frames `uint8 [T, H, W, 3]`: shape and pixels."""
    digest = hashlib.sha256(repr((frames.dtype.str, frames.shape)).encode())
    digest.update(np.ascontiguousarray(frames).data)
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """sha256 of a file's bytes; a file that did not change is read once in a process."""
    found = path.stat()
    return _file_sha256(path, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=65_536)
def _file_sha256(path: Path, inode: int, size: int, mtime_ns: int) -> str:
    regular_size(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def key_of(*parts: Any) -> str:
    """sha256 of the canonical JSON of the parts."""
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()


class Keys:
    """Keys that begin with the same parts, which are written down once.

    Example:
        >>> Keys("clip", 3).of(["a"]) == key_of("clip", 3, ["a"])
        True
    """

    def __init__(self, first: Any, *more: Any) -> None:
        self._begun = hashlib.sha256(f"{_canonical((first, *more))[:-1]}, ".encode())

    def of(self, last: Any) -> str:
        """`key_of` of the first parts and this one."""
        digest = self._begun.copy()
        digest.update(f"{_canonical(last)}]".encode())
        return digest.hexdigest()


_canonical = json.JSONEncoder(sort_keys=True).encode
