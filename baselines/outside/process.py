"""One process of somebody else's: started without a shell, ended with all its children, its output kept in files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_WATCH = """\
import os, signal, sys
if not sys.stdin.buffer.read():
    os.killpg(int(sys.argv[1]), signal.SIGKILL)
"""
"""Ends a group when the other end of its pipe closes without a word: this process was killed and cannot do it."""

_TAIL_BYTES, _TAIL_LINES, _TAIL_CHARACTERS = 8192, 3, 400


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Args:
        exit_code: negative: minus the number of the signal that killed it; None: it ran out of time.
        stderr: file with what it wrote there.
    """

    exit_code: int | None
    stderr: Path

    def reason(self) -> str:
        """How it ended, and the last lines that it wrote to stderr."""
        if self.exit_code is None:
            how = "it ran out of time and was ended"
        elif self.exit_code < 0:
            how = f"it was killed by signal {-self.exit_code}"
        else:
            how = f"it ended with exit code {self.exit_code}"
        tail = _tail(self.stderr)
        return f"{how}: {tail}" if tail else how


def run_process(
    argv: Sequence[str],
    logs: Path,
    *,
    working_folder: Path | str | None = None,
    timeout_s: float | None = None,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run to the end; stdout and stderr go to LOGS/stdout.txt and LOGS/stderr.txt.

    It gets a process group of its own, of which nothing is left when it ends, runs out of time or is interrupted, or
    when this process is killed.

    Args:
        environment: variables that it has besides this process's own.

    Raises:
        OSError: it cannot be started.
    """
    errors = logs / "stderr.txt"
    with (logs / "stdout.txt").open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=working_folder,
            env=None if environment is None else {**os.environ, **environment},
            start_new_session=True,
        )
        try:
            with _watched(process.pid):
                exit_code: int | None = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            exit_code = None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return Ended(exit_code, errors)


@contextmanager
def _watched(group: int) -> Iterator[None]:
    """A second small process that ends the group should this one be killed while the block runs."""
    watch = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _WATCH, str(group)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with suppress(BrokenPipeError):
            watch.communicate(b"done")


def _tail(path: Path) -> str:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    said = [line.strip() for line in lines if line.strip()]
    return " | ".join(said[-_TAIL_LINES:])[-_TAIL_CHARACTERS:]
