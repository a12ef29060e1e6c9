"""Processes of a mock run: in a folder of their own, and what is left of them when they have ended."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from baselines.mock.family import PROC, Process, all_processes, command_line
from baselines.mock.job import Job, Told, read_told

_MARK = "FEED_MOCK_RUN"
_GRACE_S = 1.5  # for what ends by itself once its parent is gone
_END_S = 10.0  # for a process that has told everything: it has nothing left to do
_POLL_S = 0.05
_SHOWN = 80


@dataclass(frozen=True)
class Place:
    """A working folder and a temporary folder that hold nothing, and a mark by which processes are known again."""

    folder: Path
    mark: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        for one in (self.work, self.temporary):
            one.mkdir(parents=True)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def left(self) -> tuple[str, ...]:
        """Files and folders that lie in them."""
        found = [one for place in (self.work, self.temporary) for one in place.rglob("*")]
        return tuple(sorted(one.relative_to(self.folder).as_posix() for one in found if "__pycache__" not in one.parts))


@dataclass(frozen=True)
class Done:
    """How a process ended.

    Args:
        told: None where it ended before it could tell.
        how: its exit code and last words, where it told nothing.
        left: command lines of processes that it left running; they are ended.
    """

    told: Told | None
    how: str
    left: tuple[str, ...]


def run_jobs(jobs: Sequence[Job], place: Place, *, timeout_s: float) -> list[Done]:
    """Run processes at the same time and wait for them; those with `waits_for` begin to drive together."""
    started = [_start(job, place) for job in jobs]
    deadline = time.monotonic() + timeout_s
    try:
        gate = next((job.waits_for for job in jobs if job.waits_for is not None), None)
        if gate is not None:
            while time.monotonic() < deadline and any(
                process.poll() is None and not (job.folder / "ready").exists()
                for job, process in zip(jobs, started, strict=True)
            ):
                time.sleep(_POLL_S)
            gate.touch()
        for job, process in zip(jobs, started, strict=True):
            _wait(job, process, deadline)
    finally:
        late = [process.poll() is None for process in started]
        for process, is_late in zip(started, late, strict=True):
            if is_late:
                process.kill()
                process.wait()
        told = [read_told(job.folder) for job in jobs]
        known = {process for one in told if one is not None for process in one.running}
        left = _left_running(place, {process.pid for process in started}, known)
    return [
        Done(
            one,
            _how(job, process, is_late, timeout_s),
            (*left, "the method's own, which does not end") if is_late and one is not None else left,
        )
        for job, process, is_late, one in zip(jobs, started, late, told, strict=True)
    ]


def _wait(job: Job, process: subprocess.Popen[bytes], deadline: float) -> None:
    """Until it ends, or should have."""
    is_done = False
    while process.poll() is None and time.monotonic() < deadline:
        if not is_done and (job.folder / "told.json").exists():
            is_done, deadline = True, min(deadline, time.monotonic() + _END_S)
        time.sleep(_POLL_S)


def _start(job: Job, place: Place) -> subprocess.Popen[bytes]:
    path = job.save()
    environment = {
        **os.environ,
        "TMPDIR": str(place.temporary),
        "PYTHONPATH": os.pathsep.join(os.path.abspath(one) for one in sys.path if one),
        "PYTHONDONTWRITEBYTECODE": "1",
        _MARK: place.mark,
    }
    with (job.folder / "stdout.txt").open("wb") as out, (job.folder / "stderr.txt").open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "baselines.mock.worker", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            cwd=place.work,
            env=environment,
            start_new_session=True,
        )


def _how(job: Job, process: subprocess.Popen[bytes], is_late: bool, timeout_s: float) -> str:
    if is_late:
        return f"it did not end in {timeout_s:g} s"
    lines = (job.folder / "stderr.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    code = process.returncode
    how = f"it was killed by signal {-code}" if code < 0 else f"its process ended with exit code {code}"
    return f"{how}: {lines[-1][:300]}" if lines else how


def _left_running(place: Place, sessions: set[int], known: set[Process]) -> tuple[str, ...]:
    """Command lines of what still runs after a moment; it is ended."""
    deadline = time.monotonic() + _GRACE_S
    while (found := _running(place, sessions, known)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    for pid in found:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return tuple(sorted(found.values()))


def _running(place: Place, sessions: set[int], known: set[Process]) -> dict[int, str]:
    """Processes that are known, have the mark in their environment, or are of one of these sessions, by number."""
    found = {}
    for one in all_processes():
        number = one.process.number
        if number not in sessions and (one.process in known or one.session in sessions or _is_marked(number, place)):
            found[number] = command_line(number)[:_SHOWN]
    return found


def _is_marked(number: int, place: Place) -> bool:
    try:
        return f"{_MARK}={place.mark}".encode() in (PROC / str(number) / "environ").read_bytes().split(b"\0")
    except OSError:  # it ended meanwhile, or is somebody else's
        return False
