"""Inside of a worker process on a Ray cluster: load tools once, answer tasks. Imports nothing heavy, not even Ray."""

from __future__ import annotations

import os
import pickle
import socket
import sys
from dataclasses import dataclass
from typing import Any

from feed_dataset.core.jobs.carrier import CarrierEnd
from feed_dataset.core.jobs.worker_process import Ready, answer, raised


@dataclass(frozen=True)
class Surroundings:
    """What a process that is started here would inherit.

    Args:
        folder: the working directory; kept where the machine has it.
        paths: of `sys.path`.
    """

    folder: str
    paths: tuple[str, ...]

    @classmethod
    def here(cls) -> Surroundings:
        return cls(os.getcwd(), tuple(path for path in sys.path if path))

    def enter(self) -> None:
        if os.path.isdir(self.folder):
            os.chdir(self.folder)
        sys.path += [path for path in (self.folder, *self.paths) if path not in sys.path]


class RayWorker:
    """An actor. Every call answers with bytes: nothing of a user's has to be known to Ray.

    Args:
        surroundings: of the process that has the run.
        end: a pickled CarrierEnd.
        start: what makes the tools, as `Carrier.dumps` gives it.
    """

    def __init__(self, surroundings: Surroundings, end: bytes, start: bytes) -> None:
        self._surroundings, self._end, self._start = surroundings, end, start
        self._carrier: CarrierEnd
        self._tools: Any = None

    def begin(self) -> bytes:
        """Make the tools: Ready, or what was raised."""
        try:
            self._surroundings.enter()
            self._carrier = pickle.loads(self._end)
            self._carrier.begin()
            self._tools = self._carrier.loads(self._start)()
        except Exception as error:
            return raised(error)
        return pickle.dumps(Ready(socket.gethostname()))

    def run(self, task: bytes) -> bytes:
        """Do a task."""
        return answer(task, self._tools, self._carrier.loads, self._carrier.dumps)

    def is_there(self) -> bytes:
        """Answer at once."""
        return b""
