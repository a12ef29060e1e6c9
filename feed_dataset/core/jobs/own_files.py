"""Files that stay open while they grow, such as journals and locks: regular files under that very name, no links."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from feed_dataset.core.jobs.writable import PlaceError

_POLL_S = 0.1


class LockTimeout(Exception):
    """Another process held a lock for too long."""


def open_growing(path: Path) -> IO[str]:
    """Open a text file for reading and appending; it is made where it is not there.

    Raises:
        PlaceError: something else lies under the name: a link, a second name of another file, a pipe.
    """
    return os.fdopen(_own(path, os.O_RDWR | os.O_APPEND), "a+", encoding="utf-8")


def open_growing_bytes(path: Path) -> IO[bytes]:
    """The same for appending bytes."""
    return os.fdopen(_own(path, os.O_WRONLY | os.O_APPEND), "ab")


def open_new(path: Path) -> IO[bytes]:
    """A file that is made new, in the place of what lay there."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666), "wb")


def own_size_bytes(path: Path) -> int | None:
    """Size of a regular file of one name; None for anything else, and where there is nothing."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size if _is_own(found) else None


@contextmanager
def locked(path: Path, *, timeout_s: float) -> Iterator[None]:
    """Hold a lock that one process at a time can have. The file stays: removing it would let two in.

    Raises:
        LockTimeout: another process has it all the time.
        PlaceError: as `open_growing`.
    """
    descriptor = _own(path, os.O_RDWR)
    try:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise LockTimeout(f"another process holds {path}") from None
                time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


def _own(path: Path, flags: int) -> int:
    """A descriptor. O_NONBLOCK: a pipe must not block before it is refused."""
    flags |= os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _refused(path) from error
        raise
    if not _is_own(os.fstat(descriptor)):
        os.close(descriptor)
        raise _refused(path)
    return descriptor


def _is_own(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


def _refused(path: Path) -> PlaceError:
    return PlaceError(
        f"expected to write {path} but a link, pipe or second name of another file lies there; look at it and remove it"
    )
