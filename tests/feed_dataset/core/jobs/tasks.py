"""Tasks of test_executor, in a module that imports little: every worker process imports it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.errors import WeightsUnavailable


@dataclass(frozen=True)
class Square:
    number: int

    def run(self, tools: object) -> int:
        time.sleep(0.05 if self.number == 0 else 0)  # the first is done last
        return self.number**2


@dataclass(frozen=True)
class Kill:
    """Ends its process, at every attempt or as often as there is no file."""

    unless: Path | None = None

    def run(self, tools: object) -> int:
        if self.unless is None or not self.unless.exists():
            if self.unless is not None:
                self.unless.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return -1


@dataclass(frozen=True)
class Hang:
    def run(self, tools: object) -> int:
        time.sleep(600)
        return -1


@dataclass(frozen=True)
class SleepOn:
    """Takes a while."""

    seconds: float

    def run(self, tools: object) -> str:
        time.sleep(self.seconds)
        return "done"


@dataclass(frozen=True)
class Leave:
    """Ends its process in some other way."""

    how: str

    def run(self, tools: object) -> int:
        if self.how == "exit":
            os._exit(7)
        os.abort()


@dataclass(frozen=True)
class Allocate:
    mebibytes: int

    def run(self, tools: object) -> int:
        return len(bytearray(self.mebibytes << 20)) >> 20


class Unpicklable(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.function = lambda: text


@dataclass(frozen=True)
class Raise:
    make: Callable[[], Exception]

    def run(self, tools: object) -> int:
        raise self.make()


@dataclass(frozen=True)
class Tools:
    """What tasks find in their process."""

    process_id: int

    @staticmethod
    def load() -> Tools:
        return Tools(os.getpid())


@dataclass(frozen=True)
class Look:
    """Which tools a task got, in which process."""

    def run(self, tools: Tools) -> tuple[int, int]:
        return tools.process_id, os.getpid()


@dataclass(frozen=True)
class CountThreads:
    def run(self, tools: object) -> tuple[str, int]:
        import cv2

        return os.environ["OMP_NUM_THREADS"], cv2.getNumThreads()


def start_that_raises() -> Any:
    raise WeightsUnavailable("mesh", "python -m feed_dataset weights mesh", "no network")


def start_that_dies() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def limit_of(task: object, hang_s: float) -> float:
    """Seconds that a task may take."""
    return hang_s if isinstance(task, Hang) else 60.0


@dataclass(frozen=True)
class Litter:
    """Leaves a process behind that holds all that its own has open, and then ends well, hangs or is killed."""

    child: Path
    end: str

    def run(self, tools: object) -> int:
        pid = os.fork()
        if pid == 0:
            time.sleep(600)
        self.child.write_text(str(pid))
        if self.end == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.end == "hangs":
            time.sleep(600)
        return 1
