"""What a whole process took: seconds of processor time and the most memory that it had."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_JOBS = "scripts.bench_harness_parts.jobs"
_KIB = 1024


@dataclass(frozen=True)
class Cost:
    """Of one process, from its start to its end.

    Args:
        cpu_s: seconds of processor time, its own and the system's for it.
        peak_mb: the most memory that was resident at a time, in 10^6 bytes.
        printed: its standard output.
    """

    cpu_s: float
    peak_mb: float
    printed: str


def cost_of(job: Sequence[str]) -> Cost:
    """Run a job of `scripts.bench_harness_parts.jobs` to its end.

    Raises:
        SystemExit: it fails; shows the end of what it said.
    """
    return cost_of_module([_JOBS, *job])


def cost_of_module(arguments: Sequence[str]) -> Cost:
    """Run `python -m ARGUMENTS` with one thread to its end.

    Raises:
        SystemExit: it fails; shows the end of what it said.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            said = f"{out.read().decode()[-3000:]}{errors.read().decode()[-3000:]}"
            raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}:\n{said}")
        return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _KIB / 1e6, out.read().decode())
