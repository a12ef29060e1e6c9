"""Files that Python opens for writing while a method works."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from baselines.mock.job import Job
from feed_dataset.core.jobs.cache_folder import cache_folder

_CLOCK_S = 0.1  # what a file system's clock may be behind
_CACHES = ("XDG_CACHE_HOME", "HF_HOME", "TORCH_HOME")
_SYSTEM = ("/dev", "/proc", "/sys")


class Written:
    """Notes them from now on, wherever they lie but in caches: those may be shared, and they stay.

    Caches are the folders that are named so, and hidden folders of the home directory.
    """

    def __init__(self, job: Job) -> None:
        self._places = tuple(os.path.realpath(one) + os.sep for one in (os.getcwd(), tempfile.gettempdir()))
        named = [os.environ[name] for name in _CACHES if os.environ.get(name)]
        others = (*_SYSTEM, str(job.folder), str(cache_folder()), *named)
        self._others = tuple(os.path.realpath(one) + os.sep for one in others)
        self._hidden = os.path.realpath(Path.home()) + os.sep + "."
        self._was_there: dict[str, bool] = {}
        sys.addaudithook(self._note)

    def changed(self, since: float) -> tuple[str, ...]:
        """Those that are gone or were written: weights may be mapped for writing and stay as they are.

        Args:
            since: seconds of the clock of files.
        """
        return tuple(sorted(path for path in self._was_there if _is_newer(path, since - _CLOCK_S)))

    def created(self) -> tuple[str, ...]:
        """Those that were not there before, outside the working and the temporary folder."""
        found = (path for path, was_there in self._was_there.items() if not was_there)
        return tuple(sorted(path for path in found if not path.startswith(self._places)))

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and _is_writing(arguments[1], arguments[2]):
            target = arguments[0]
        elif event == "os.rename":
            target = arguments[1]
        else:
            return
        if isinstance(target, str | bytes | os.PathLike):
            path = os.path.realpath(os.fsdecode(target))
            if not self._is_cache(path):
                self._was_there.setdefault(path, os.path.exists(path))

    def _is_cache(self, path: str) -> bool:
        if path.startswith(self._places):
            return False
        is_hidden = path.startswith(self._hidden) and os.sep in path.removeprefix(self._hidden)
        return path.startswith(self._others) or is_hidden or "__pycache__" in path


def _is_newer(path: str, time_s: float) -> bool:
    try:
        return os.stat(path).st_mtime >= time_s
    except OSError:
        return True


def _is_writing(mode: object, flags: int) -> bool:
    if isinstance(mode, str):
        return any(sign in mode for sign in "wax+")
    return bool(flags & (os.O_WRONLY | os.O_RDWR))
