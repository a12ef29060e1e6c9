"""How tasks, answers and the files that they name get to workers on other machines and back."""

from __future__ import annotations

import contextlib
import pickle
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.worker_process import Answer


class CarrierEnd(Protocol):
    """The worker's end; picklable, one in each worker, one task at a time."""

    def begin(self) -> None:
        """Called once before anything is loaded. Raises FeedError where files cannot come and go."""
        ...

    def loads(self, data: bytes) -> Any:
        """What `Carrier.dumps` made, with every file that it names on this machine."""
        ...

    def dumps(self, answer: Answer) -> bytes:
        """An answer, when every file that the task wrote can be had by `Carrier.loads`."""
        ...


class Carrier(Protocol):
    """The end of the process that has the run. `open` and `close` enclose everything else."""

    def open(self) -> None:
        """Called before workers start. Raises FeedError where files cannot be carried."""
        ...

    def close(self) -> None:
        """Leave nothing behind that only carrying needed."""
        ...

    def end(self) -> CarrierEnd:
        """The other end."""
        ...

    def dumps(self, value: Any, *, is_again: bool = False) -> bytes:
        """A task, or the start of tools; `is_again` where an earlier worker may have left files of it."""
        ...

    def loads(self, data: bytes) -> Answer:
        """An answer of a worker, with the files of its task on this machine."""
        ...


class SharedFiles(Carrier):
    """All machines see the same files under the same names: nothing is carried.

    Args:
        folder: a folder that every worker writes to. Each looks there first for a file that `open` leaves; None looks
            nowhere, for workers on this machine.

    Example:
        >>> carrier = SharedFiles()
        >>> carrier.end().loads(carrier.dumps([1, 2]))
        [1, 2]
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._mark = None if folder is None else folder.resolve() / f".feed-shared-{uuid.uuid4().hex}"

    def open(self) -> None:
        if self._mark is not None:
            self._mark.parent.mkdir(parents=True, exist_ok=True)
            self._mark.touch(exist_ok=False)

    def close(self) -> None:
        if self._mark is not None:
            with contextlib.suppress(OSError):
                self._mark.unlink()

    def end(self) -> CarrierEnd:
        return SharedFilesEnd(self._mark)

    def dumps(self, value: Any, *, is_again: bool = False) -> bytes:
        return pickle.dumps(value)

    def loads(self, data: bytes) -> Answer:
        answer: Answer = pickle.loads(data)
        return answer


@dataclass(frozen=True)
class SharedFilesEnd(CarrierEnd):
    """The worker's end of SharedFiles; `mark` is what it looks for."""

    mark: Path | None

    def begin(self) -> None:
        if self.mark is not None and not self.mark.is_file():
            raise FeedError(
                f"expected {self.mark.parent} on every machine but {socket.gethostname()} does not see what was written"
                " there; name a folder that all of them share, or an object store with --store"
            )

    def loads(self, data: bytes) -> Any:
        return pickle.loads(data)

    def dumps(self, answer: Answer) -> bytes:
        return pickle.dumps(answer)
