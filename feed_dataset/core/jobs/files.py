"""Which files of a data directory may be read, for everybody who reads one: those that lie in it.

Data directories come from cloud drives and archives of strangers. A link in one may lead to anybody's private
files, and a pipe may block its reader for ever, so neither is opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from feed_dataset.core.jobs.errors import LayoutError

LINK_ROOTS_VARIABLE = "FEED_LINK_ROOTS"
"""Further directories that links may lead into, separated like PATH."""


MOST_TEXT_BYTES = 64 << 20
"""Of lists, settings and indices."""


@dataclass(frozen=True)
class Walk:
    """What lies below a directory, in a fixed order."""

    files: tuple[Path, ...]
    refused: tuple[tuple[Path, str], ...]  # files and folders that must not be read, and why


def walk(root: Path, *, leave_out: Path | None = None) -> Walk:
    """List the files below `root`, each folder once.

    Hidden folders are left out, and the folder `leave_out`. Links are followed where they stay below `root`, lead to a
    directory named by $FEED_LINK_ROOTS, or are those of a Hugging Face download (`snapshots/<revision>/x ->
    ../../blobs/y`).
    """
    bounds = _bounds(root)
    files: list[Path] = []
    refused: list[tuple[Path, str]] = []
    seen: set[str] = set()
    skipped = None if leave_out is None else os.path.realpath(leave_out)

    def unreadable(error: OSError) -> None:
        refused.append((Path(error.filename or root), f"the folder cannot be listed ({error.strerror})"))

    for folder, folders, names in os.walk(root, followlinks=True, onerror=unreadable):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        entered = []
        for name in sorted(folders):
            path = Path(folder, name)
            if skipped is not None and os.path.realpath(path) == skipped:
                continue
            reason = None if name.startswith(".") else _outside(path, bounds)
            if reason:
                refused.append((path, reason))
            elif not name.startswith("."):
                entered.append(name)
        folders[:] = entered
        for name in sorted(names):
            path = Path(folder, name)
            reason = _outside(path, bounds) or _irregular(path)
            if reason:
                refused.append((path, reason))
            else:
                files.append(path)
    return Walk(tuple(files), tuple(refused))


def refusal(path: Path, root: Path) -> str | None:
    """Why a file or folder of the data directory `root` must not be read although it is there, or None.

    Args:
        path: in a folder that may be entered.
    """
    reason = _outside(path, _bounds(root))
    return reason if reason or path.is_dir() else _irregular(path)


def refuse_linked_folders(root: Path, paths: Iterable[Path]) -> None:
    """Refuse to write below `root` through a link to a folder elsewhere, which somebody may have laid ready.

    Args:
        paths: what will be written, below `root`.

    Raises:
        LayoutError: names the link, where it leads, and what to do.
    """
    folders = {folder for path in paths for folder in path.parents if folder != root and folder.is_relative_to(root)}
    bounds = _bounds(root)
    for folder in sorted(folders):
        reason = _outside(folder, bounds)
        if reason is not None:
            raise LayoutError(f"expected a folder to write to but {folder} is none of this place: {reason}")


def regular_size(path: Path) -> int:
    """Size in bytes of a regular file, before anything opens it: opening a pipe can block for ever.

    Raises:
        OSError: there is none, or it is a folder, pipe, socket or device; names it.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        what = "is a folder" if stat.S_ISDIR(found.st_mode) else "is no regular file"
        raise OSError(errno.EINVAL, f"it {what}", str(path))
    return found.st_size


def read_text(path: Path, *, at_most_bytes: int = MOST_TEXT_BYTES) -> str:
    """The text of a small file in UTF-8, with or without a byte order mark, that may be anybody's.

    Raises:
        OSError: as `regular_size`, or it is larger than a file of its kind can be.
        UnicodeDecodeError: it is no text.
    """
    size = regular_size(path)
    if size > at_most_bytes:
        raise OSError(errno.EFBIG, f"it has {size} bytes, more than {at_most_bytes}", str(path))
    return path.read_text(encoding="utf-8-sig")


def _bounds(root: Path) -> tuple[str, ...]:
    """Real directories in which a link may end."""
    allowed = [os.path.realpath(root)]
    allowed += [os.path.realpath(p) for p in os.environ.get(LINK_ROOTS_VARIABLE, "").split(os.pathsep) if p]
    if root.parent.name == "snapshots" and (root.parent.parent / "blobs").is_dir():
        allowed.append(os.path.realpath(root.parent.parent / "blobs"))
    return tuple(allowed)


def _outside(path: Path, bounds: tuple[str, ...]) -> str | None:
    """Why a link must not be followed, or None; None also for what is no link."""
    if not path.is_symlink():
        return None
    try:
        real = os.path.realpath(path)
    except OSError as error:
        return f"it is a link that cannot be read ({error.strerror})"
    if any(real == bound or real.startswith(bound.rstrip(os.sep) + os.sep) for bound in bounds):
        return None
    return f"it is a link out of the data directory, to {real}; name a folder above that in ${LINK_ROOTS_VARIABLE}"


def _irregular(path: Path) -> str | None:
    """Why something that is no folder is no file with contents either, or None."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return None if stat.S_ISREG(mode) else "it is no regular file"
