"""One process of somebody else's: started without a shell, ended with all its children, its output kept in files."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_KEEPER = Path(__file__).with_name("keeper.py")
_BLOCK_BYTES = 4096
_TAIL_BYTES, _TAIL_LINES, _TAIL_CHARACTERS = 8192, 3, 400


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Args:
        exit_code: negative: minus the number of the signal that killed it; None: it ran out of time.
        stderr: file with what it wrote there.
        started_s: when it was started, on the clock of `time.monotonic`, which all processes of a machine share.
        seconds: how long it ran.
        peak_memory_bytes: most memory of the largest of its processes, as far as these waited for each other. What
            needs less than Python itself counts as that. None where the process that watches it was killed, too.
    """

    exit_code: int | None
    stderr: Path
    started_s: float
    seconds: float
    peak_memory_bytes: int | None

    def reason(self) -> str:
        """How it ended, and the last lines that it wrote to stderr, which a full disk may have cost."""
        if self.exit_code is None:
            how = "it ran out of time and was ended"
        elif self.exit_code < 0:
            how = f"it was killed by signal {-self.exit_code}"
        else:
            how = f"it ended with exit code {self.exit_code}"
        if self.exit_code != 0 and shutil.disk_usage(self.stderr.parent).free < _BLOCK_BYTES:
            how += "; no space is left on the disk of its outputs"
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
    logs = logs.resolve()
    stdout, errors = logs / "stdout.txt", logs / "stderr.txt"
    for file in (stdout, errors):
        file.write_bytes(b"")
    folder = Path.cwd() if working_folder is None else Path(working_folder)
    changes = [f"{name}={value}" for name, value in (environment or {}).items()]
    words = [str(stdout), str(errors), str(folder.resolve()), str(len(changes)), *changes, *argv]
    asked_s = time.monotonic()
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_KEEPER), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    said, is_over = bytearray(), False
    try:
        is_over = _hear(keeper, said, timeout_s)
    finally:
        said += _dismissed(keeper)
        told = {name: rest for name, *rest in (line.split() for line in said.decode().splitlines())}
        if "ended" not in told and "started" in told:  # the keeper itself was killed
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(int(told["started"][0]), signal.SIGKILL)
    if "refused" in told:
        code = int(told["refused"][0])
        raise OSError(code, os.strerror(code), argv[0])
    if "ended" not in told:
        return Ended(keeper.returncode, errors, asked_s, time.monotonic() - asked_s, None)
    started_s, (status, peak, ended_s) = float(told["started"][1]), told["ended"]
    return Ended(
        exit_code=None if is_over else os.waitstatus_to_exitcode(int(status)),
        stderr=errors,
        started_s=started_s,
        seconds=float(ended_s) - started_s,
        peak_memory_bytes=int(peak),
    )


def _hear(keeper: subprocess.Popen[bytes], said: bytearray, timeout_s: float | None) -> bool:
    """Add what the keeper says until it is done; whether time was over before."""
    assert keeper.stdout is not None
    end_s = None if timeout_s is None else time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        selector.register(keeper.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(None if end_s is None else max(0.0, end_s - time.monotonic())):
                return True
            part = os.read(keeper.stdout.fileno(), 4096)
            if not part:
                return False
            said += part


def _dismissed(keeper: subprocess.Popen[bytes]) -> bytes:
    """Let the keeper end whatever still runs; what it says besides."""
    assert keeper.stdin is not None and keeper.stdout is not None
    keeper.stdin.close()
    with keeper.stdout as stream:
        rest = stream.read()
    keeper.wait()
    return rest


def _tail(path: Path) -> str:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    said = [line.strip() for line in lines if line.strip(" \t\r^~")]  # marks below a line of a traceback say nothing
    return " | ".join(said[-_TAIL_LINES:])[-_TAIL_CHARACTERS:]
