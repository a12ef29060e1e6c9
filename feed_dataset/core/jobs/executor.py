"""One way to run independent tasks, here or in processes: `map` in the order of tasks, `each` as they finish.

A number never depends on the executor or on how many workers it has. What may differ is only what is survived:
processes outlive a task that kills its process; this process does not.

>>> @dataclass(frozen=True)
... class Square:
...     number: int
...
...     def run(self, tools: None) -> int:
...         return self.number**2
>>> SerialExecutor(no_tools).map([Square(2), Square(3)])
[4, 9]
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeVar

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Tools_co = TypeVar("Tools_co", covariant=True)
Tools_contra = TypeVar("Tools_contra", contravariant=True)

MOST_WORKERS = 8
"""Each worker holds its own networks: beyond this memory grows faster than speed. Disks are not faster either."""
OUT_OF_MEMORY = "it ran out of memory"


class Task(Protocol[Tools_contra, R_co]):
    """A picklable piece of work. Large results belong on disk, with a small summary returned."""

    def run(self, tools: Tools_contra) -> R_co:
        """Do it, with what its process keeps loaded."""
        ...


@dataclass(frozen=True)
class Failed:
    """In place of a result: the task's process died, or it took too long or too much memory."""

    reason: str


class Executor(Protocol[Tools_co]):
    """Where tasks run. Used in a `with` block; one `map` or `each` at a time.

    An exception that a task raises is raised here, as it is, and ends the map.
    """

    @abstractmethod
    def each(self, tasks: Iterable[Task[Tools_co, R]]) -> Iterator[tuple[int, R | Failed]]:
        """Index and result of each task, as they finish."""

    def map(self, tasks: Sequence[Task[Tools_co, R]], done: Callable[[], object] = lambda: None) -> list[R | Failed]:
        """Results in the order of the tasks; `done` is called after each."""
        results: dict[int, R | Failed] = {}
        for index, result in self.each(tasks):
            results[index] = result
            done()
        return [results[index] for index in range(len(tasks))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class SerialExecutor(Executor[Tools_co]):
    """Tasks run in this process, one after another.

    Args:
        start: makes the tools, when the first task needs them.
    """

    def __init__(self, start: Callable[[], Tools_co]) -> None:
        self._start = start
        self._tools: list[Tools_co] = []  # none or one

    def each(self, tasks: Iterable[Task[Tools_co, R]]) -> Iterator[tuple[int, R | Failed]]:
        """See `Executor`."""
        for index, task in enumerate(tasks):
            if not self._tools:
                self._tools.append(self._start())
            try:
                result: R | Failed = task.run(self._tools[0])
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                result = Failed(OUT_OF_MEMORY)
            yield index, result


def no_tools() -> None:
    """`start` for tasks that need nothing loaded."""
    return None


def cpu_workers() -> int:
    """One per core that this process may use, at most 8."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


def default_workers(device: str) -> int:
    """`cpu_workers` on "cpu"; one on any other device, whose memory and cores a single process fills."""
    return cpu_workers() if device == "cpu" else 1


def is_out_of_memory(error: Exception) -> bool:
    """Whether Python, PyTorch or OpenCV could not allocate; the libraries have types of their own or none."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # torch.OutOfMemoryError
        return True
    library = type(error).__module__.partition(".")[0]
    text = str(error)
    return (isinstance(error, RuntimeError) and "can't allocate memory" in text) or (
        library == "cv2" and "Failed to allocate" in text
    )
