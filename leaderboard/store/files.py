"""Bundles and clips: files named by what they contain, which appear whole and are never changed."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import words_and_place
from leaderboard.errors import StoreUnavailable

_BLOCK_BYTES = 2**20


class ContentFiles:
    """A folder of files by their sha256.

    Args:
        root: the folder; made when the first file comes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where a file of this content is, or would be."""
        return self.root / sha256[:2] / sha256

    def keep(self, source: Path) -> tuple[str, int]:
        """Copy a file in; on disk before this returns.

        Returns:
            sha256 of its bytes, and their number.

        Raises:
            StoreUnavailable: it cannot be read or written.
        """
        try:
            sha256 = _sha256(source)
            size_bytes = source.stat().st_size
            target = self.path(sha256)
            if not target.exists():
                with replacing(target) as temporary:
                    with source.open("rb") as read, temporary.open("xb") as write:
                        shutil.copyfileobj(read, write, _BLOCK_BYTES)
                        write.flush()
                        os.fsync(write.fileno())
                _sync_folder(target.parent)
        except OSError as error:
            raise StoreUnavailable(f"cannot keep a file of a submission: {words_and_place(error)}") from error
        return sha256, size_bytes


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk, too: a row that names it is about to be committed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
