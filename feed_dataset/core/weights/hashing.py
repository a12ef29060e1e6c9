"""SHA-256 of files, remembered by path, size and modification time."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from feed_dataset.core.jobs.files import regular_size


@lru_cache(maxsize=256)
def _digest(path: str, size_bytes: int, modified_ns: int) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of a file; read again only when its size or modification time changed."""
    regular_size(path)
    stat = path.stat()
    return _digest(str(path), stat.st_size, stat.st_mtime_ns)


def hash_problem(path: Path, expected: str | None, size_bytes: int | None) -> str | None:
    """Why a file is not the expected one, or None.

    Args:
        path: an existing file.
        expected: hex SHA-256; None when none was ever published.
        size_bytes: exact size when known.
    """
    actual_size = path.stat().st_size
    if size_bytes is not None and actual_size != size_bytes:
        return f"expected {size_bytes} bytes but got {actual_size}"
    if expected is not None and sha256_file(path) != expected:
        return f"expected sha256 {expected} but got {sha256_file(path)}"
    return None
