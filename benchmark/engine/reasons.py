"""Why a case failed, in words that may be published, and which errors are no case's fault."""

from __future__ import annotations

import errno
from pathlib import Path

from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import words_and_place

_DISK = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)


def raise_if_ours(error: Exception) -> None:
    """Pass on what is no fault of a case: a wrong set-up, or a disk that cannot be written."""
    if isinstance(error, BenchmarkError) or getattr(error, "errno", None) in _DISK:
        raise error


def plain_reason(error: Exception, *paths: Path) -> str:
    """The reason without the place of files on this machine."""
    text = words_and_place(error)
    for path in paths:
        text = text.replace(str(path), path.name)
    return text
