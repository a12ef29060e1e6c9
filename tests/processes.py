"""What is left running of somebody who was started in a session of his own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

_DEADLINE_S = 60.0
HEARS_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""Begins a program that is interrupted: what a shell started in the background ignores it, and so do its children."""


def wait_for(condition: Callable[[], bool], what: str = "an event") -> None:
    """Raise AssertionError where it does not come in a minute."""
    deadline = time.monotonic() + _DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"expected {what} that did not come"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process works still; one that waits to be buried does not."""
    return _state(pid) not in ("", "Z", "X")


def session_lives(session: int) -> bool:
    """Whether anything works still that was started in a session, whatever its process group is now."""
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return any(_session(pid) == session and is_alive(pid) for pid in pids)


def _fields(pid: int) -> list[str]:
    """Of /proc/PID/stat what follows the name, which may have spaces."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _state(pid: int) -> str:
    return (_fields(pid) or [""])[0]


def _session(pid: int) -> int:
    fields = _fields(pid)
    return int(fields[3]) if fields else -1
