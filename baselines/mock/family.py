"""Processes that come from another one, however they were started, as /proc tells."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


@dataclass(frozen=True)
class Process:
    """A process. Its number may belong to another one later, of which the start is another.

    Args:
        started: on the system's clock, in its ticks.
    """

    number: int
    started: int


@dataclass(frozen=True)
class Status:
    """What a system tells of a process."""

    process: Process
    parent: int
    session: int
    is_over: bool


def status_of(number: int) -> Status | None:
    """None where it is not there, or the system does not tell."""
    try:
        fields = (PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    state, parent, _, session, started = fields[0], *map(int, fields[1:4]), int(fields[19])
    return Status(Process(number, started), parent, session, state == "Z")


def adopt() -> None:
    """Become the parent of what children of this process leave behind: they stay its descendants."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def all_processes() -> list[Status]:
    """Those that run."""
    found = (status_of(int(one.name)) for one in PROC.glob("[0-9]*"))
    return [one for one in found if one is not None and not one.is_over]


def descendants() -> tuple[Process, ...]:
    """Those that run and come from this process."""
    family, processes = {os.getpid()}, all_processes()
    size = 0
    while size < len(family):
        size = len(family)
        family |= {one.process.number for one in processes if one.parent in family}
    return tuple(one.process for one in processes if one.process.number in family - {os.getpid()})


def command_line(number: int) -> str:
    """What it was started with; "" where it is gone."""
    try:
        return (PROC / str(number) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
