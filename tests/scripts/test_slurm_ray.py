"""scripts/slurm_ray.sh says in one line what it wants."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "slurm_ray.sh"


@pytest.mark.parametrize(
    ("arguments", "job", "message"),
    [
        ((), "1", "error: expected a command"),
        (("feed",), None, "error: expected to run inside of a Slurm job; start it with: sbatch"),
        (("feed",), "1", "error: expected the package ray but it is not installed"),
    ],
)
def test_what_is_missing(arguments: tuple[str, ...], job: str | None, message: str, tmp_path: Path) -> None:
    variables = {"PATH": f"{tmp_path}:/usr/bin:/bin"} | ({} if job is None else {"SLURM_JOB_ID": job})
    found = subprocess.run(["bash", SCRIPT, *arguments], env=variables, capture_output=True, text=True)
    assert found.returncode == 2
    assert found.stderr.startswith(message)
    assert len(found.stderr.splitlines()) == 1
    assert os.access(SCRIPT, os.X_OK)
