"""Places for output, checked before work begins: a run of an hour must not end with "Is a directory"."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from feed_dataset.core.jobs.cache_folder import CACHE_VARIABLE, cache_folder
from feed_dataset.core.jobs.errors import FeedError, words_of


class PlaceError(FeedError):
    """A file or folder that was named for output cannot be written."""


def writable_folder(path: Path, option: str) -> None:
    """Check that files can be put into a folder, which may not exist yet. Nothing is left behind.

    Args:
        path: the folder.
        option: what the user changes to name another, such as `--out`.

    Raises:
        PlaceError: it or a folder above it is a file, or may not be written to, or takes no files: a read-only or full
            disk, a place such as /proc.

    Example:
        >>> writable_folder(Path("/dev/null/out"), "--out")
        Traceback (most recent call last):
        feed_dataset.core.jobs.writable.PlaceError: cannot write to /dev/null/out: /dev/null is not a folder; ...
    """
    advice = f"name another folder with {option}"
    try:
        nearest = _nearest(path)
        is_folder = nearest.is_dir()
    except (OSError, ValueError) as error:  # a name that is too long, a folder that may not be entered
        reason = words_of(error)
        raise PlaceError(f"cannot write to {path}: {reason}; {advice}") from error
    if not is_folder:
        culprit = "it" if nearest == path else str(nearest)
        raise PlaceError(f"cannot write to {path}: {culprit} is not a folder; {advice}")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PlaceError(f"cannot write to {path}: no permission to write in {nearest}; {advice}")
    try:  # rights say nothing of places such as /proc, where they are granted and nothing can be made
        os.rmdir(tempfile.mkdtemp(prefix=".feed-", dir=nearest))
    except OSError as error:
        reason = f"nothing can be made in {nearest} ({words_of(error)})"
        raise PlaceError(f"cannot write to {path}: {reason}; {advice}") from error


def writable_file(path: Path, option: str) -> None:
    """Check that a file can be made or replaced. Raises PlaceError, as `writable_folder` does."""
    if path.is_dir():
        raise PlaceError(f"cannot write {path}: it is a folder; name a file with {option}")
    writable_folder(path.parent, option)


def apart_from(path: Path, option: str, inputs: Mapping[str, Path | None]) -> None:
    """Check that a file for output is none of the files that are read, be it by another name or a link.

    Args:
        inputs: by the option or word that named it; those that were not given are None.

    Raises:
        PlaceError: it is one of them.
    """
    for name, given in inputs.items():
        try:
            is_same = given is not None and path.exists() and path.samefile(given)
        except OSError:
            continue  # an input that is not there is somebody else's error
        if is_same:
            raise PlaceError(f"expected {option} apart from the inputs but {path} is that of {name}; name another file")


def usable_cache() -> None:
    """Check that the cache folder is there, be it for reading only, or can be made. Raises PlaceError."""
    folder = cache_folder()
    if not folder.is_dir():
        writable_folder(folder, CACHE_VARIABLE)


def _nearest(path: Path) -> Path:
    """The path itself or the closest above it that exists, be it a link that leads nowhere."""
    for candidate in (path, *path.absolute().parents):
        if candidate.exists() or candidate.is_symlink():
            return candidate
    return Path(path.anchor)
