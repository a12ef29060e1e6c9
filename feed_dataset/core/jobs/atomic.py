"""Files that appear whole or not at all, and never through a name that somebody could have laid ready."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # `write` raises them without a name
WORKROOMS = ".*.tmp"
"""Glob of the folders in which files are written; one that is there when nobody works is of a killed process."""

_NAME_SHARE = 40  # characters of a file's name in that of its workroom: names have at most 255 bytes

_told: list[Callable[[Path], None]] = []


def tell_of_files(listener: Callable[[Path], None]) -> None:
    """From now on call `listener` with each file that takes its place: for processes whose files are sent on."""
    _told.append(listener)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that takes the place of `path` when the block ends well, and is removed otherwise.

    It lies in a new folder beside `path` whose name nobody can guess and which only this user may enter, so that a
    link planted under an expected name is never written through; a link at `path` itself is replaced, not followed.
    The file keeps its name, because writers choose a format by it. An error of the disk says which file it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with workroom(path) as folder:
            temporary = folder / path.name
            yield temporary
            os.replace(temporary, path)
        for listener in _told:
            listener(path)
    except OSError as error:
        if error.filename is None and error.errno in _DISK_ERRORS:
            error.filename = str(path)
        raise


@contextmanager
def workroom(path: Path) -> Iterator[Path]:
    """A new private folder beside `path`, on its disk; removed with what is in it when the block ends."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{path.stem[:_NAME_SHARE]}.", suffix=".tmp", dir=path.parent))
    except OSError as error:
        error.filename = str(path)  # the user never heard of the other name
        raise
    try:
        yield folder
    finally:
        try:
            folder.rmdir()  # empty when all went well; a third of the cost
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
