"""Inside of a worker process: receive tools and tasks, answer, end with the parent. Imports nothing heavy."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import is_out_of_memory

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
"""What numerical libraries read when they are loaded; one thread each in a worker."""


@dataclass(frozen=True)
class Ready:
    """The tools are loaded; `host` is the machine, where it may be another one."""

    host: str = ""


@dataclass(frozen=True)
class Result:
    """What a task returned."""

    value: Any


@dataclass(frozen=True)
class Raised:
    """What a task or the loading of tools raised."""

    error: Exception
    trace: str


@dataclass(frozen=True)
class OutOfMemory:
    """A task wanted more memory than it may have."""


Answer = Ready | Result | Raised | OutOfMemory


@contextmanager
def as_worker() -> Iterator[None]:
    """While a worker process is started: what it inherits.

    One thread for numerical libraries, which read this when they are loaded, hence before a worker's first line.
    SIGINT is held back, so that Ctrl-C during the start gives no traceback; this process gets it afterwards.
    The script that runs here is not imported there: without an `if __name__ == "__main__"` it would run again.
    """
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    resource_tracker.ensure_running()  # the first worker would start it, and its start lets SIGINT through again
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    script = sys.modules["__main__"]
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def serve(connection: Connection, memory_bytes: int | None) -> None:
    """Answer tasks until the other side is gone. The first message makes the tools, each other one is a task.

    It leads a process group of its own: what tasks start and leave ends with it.
    """
    os.setpgid(0, 0)
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:  # a shell's background job, which Ctrl-C does not concern
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends a worker at once and in silence: the parent tells
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        start = connection.recv_bytes()
        try:
            tools = pickle.loads(start)()
        except Exception as error:
            connection.send_bytes(raised(error))
            return
        if memory_bytes is not None:
            _limit_memory(memory_bytes)
        connection.send_bytes(pickle.dumps(Ready()))
        while True:
            connection.send_bytes(answer(connection.recv_bytes(), tools))
    except (EOFError, ConnectionError):
        return


def answer(
    task: bytes,
    tools: Any,
    loads: Callable[[bytes], Any] = pickle.loads,
    dumps: Callable[[Answer], bytes] = pickle.dumps,
) -> bytes:
    """Run a task that came as bytes; what became of it, as bytes."""
    try:
        return dumps(Result(loads(task).run(tools)))
    except Exception as error:
        if is_out_of_memory(error):
            return pickle.dumps(OutOfMemory())
        return raised(error)


def raised(error: Exception) -> bytes:
    """The error for the parent: itself where it can travel, else its text."""
    trace = "".join(traceback.format_exception(error))
    try:
        data = pickle.dumps(Raised(error, trace))
        pickle.loads(data)  # some can be sent but not received
    except Exception:
        return pickle.dumps(Raised(FeedError(f"{type(error).__name__}: {error}"), trace))
    return data


def _end_with_parent() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)  # the parent was killed; half-written temporary files are never renamed


def _limit_memory(more_bytes: int) -> None:
    """Let large allocations fail instead of filling the machine. Only Linux enforces such a limit."""
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = used + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
