"""One process of somebody else's: started without a shell, ended with all its children, its output kept in files."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

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
) -> Ended:
    """Run to the end; stdout and stderr go to LOGS/stdout.txt and LOGS/stderr.txt.

    It gets a process group of its own, of which nothing is left when it ends, runs out of time or is interrupted.

    Raises:
        OSError: it cannot be started.
    """
    errors = logs / "stderr.txt"
    with (logs / "stdout.txt").open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=working_folder, start_new_session=True
        )
        try:
            exit_code: int | None = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            exit_code = None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return Ended(exit_code, errors)


def _tail(path: Path) -> str:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    said = [line.strip() for line in lines if line.strip()]
    return " | ".join(said[-_TAIL_LINES:])[-_TAIL_CHARACTERS:]
