"""The quick tests with the oldest versions that pyproject.toml allows, in an environment of its own.

    python3 -m scripts.check_oldest                   # constraints-oldest.txt, which has a current torch
    python3 -m scripts.check_oldest --oldest-torch    # and the oldest torch, too: some gigabytes on Linux

Needs Python 3.11 (many of these versions have no wheels for later ones). Standard library only.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = "constraints-oldest.txt"

# What each dependency is used for, once; the whole suite is for constraints.txt.
TESTS = (
    "tests/test_fronts.py",
    "tests/feed_dataset/core/media/test_frame_exact.py",
    "tests/feed_dataset/core/media/test_video.py",
    "tests/feed_dataset/hub/test_loading.py",
    "tests/feed_dataset/export/test_hub.py",
    "tests/feed_dataset/core/faces/test_detector.py",
    "tests/feed_dataset/core/faces/test_track.py",
    "tests/feed_dataset/synthetic/test_render_kernels.py",
    "tests/feed_dataset/core/weights/test_hub_files.py",
    "tests/feed_dataset/core/weights/test_loading.py",
    "tests/baselines/warp/test_thin_plate.py",
    "tests/benchmark/results/test_results.py",
    "tests/benchmark/metrics/test_torch_metric.py",
    "tests/benchmark/metrics/test_catalog.py",
    "tests/model/networks/test_hub.py",
)
# Its text differs between versions of pydantic; what it allows does not.
LEFT_OUT = ("tests/benchmark/results/test_results.py::test_shipped_schema_is_current",)


def oldest(dependency: str) -> str:
    """The lowest version of a dependency of the project. Raises ValueError where none is stated."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in project["dependencies"]:
        found = re.fullmatch(rf"{re.escape(dependency)}>=([0-9.]+)(,.*)?", line)
        if found:
            return found[1]
    raise ValueError(f"expected a lower bound of {dependency} in pyproject.toml but there is none")


def install(venv: Path, torch: str | None) -> Path:
    """Make the environment; its Python.

    Args:
        venv: folder of the environment, new or of an earlier run.
        torch: version to install instead of the one in the constraints.
    """
    text = (ROOT / CONSTRAINTS).read_text(encoding="utf-8")
    if torch is not None:
        # Older builds pin their own CUDA packages, and sympy.
        text = re.sub(r"^(torch|sympy|triton|nvidia-\S+)==.*\n", "", text, flags=re.MULTILINE) + f"torch=={torch}\n"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    versions, python = venv / "versions.txt", venv / "bin" / "python"
    versions.write_text(text, encoding="utf-8")
    pip = [str(python), "-m", "pip"]
    # The file is complete, so there is nothing to resolve, except for another torch; `pip check` sees to it.
    given = ["--no-deps"] if torch is None else []
    subprocess.run([*pip, "install", "--no-compile", *given, "-r", str(versions)], check=True)
    subprocess.run([*pip, "install", "--no-deps", "-e", str(ROOT)], check=True)
    subprocess.run([*pip, "check"], check=True)
    return python


def run_tests(python: Path) -> int:
    """The exit code of pytest."""
    without = [word for name in LEFT_OUT for word in ("--deselect", name)]
    command = [str(python), "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *without, *TESTS]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False).returncode


def main() -> int:
    """Install, run, print one line; pytest's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, help="folder of the environment (default: a temporary one)")
    parser.add_argument("--oldest-torch", action="store_true", help="torch at its lower bound, too")
    parser.add_argument("--only-install", action="store_true", help="make the environment of --venv, for a later run")
    arguments = parser.parse_args()
    if arguments.only_install and arguments.venv is None:
        parser.error("expected --venv DIR with --only-install")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="feed-oldest-") as temporary:
        python = install(arguments.venv or Path(temporary), oldest("torch") if arguments.oldest_torch else None)
        if arguments.only_install:
            return 0
        installed = time.monotonic()
        code = run_tests(python)
        show = "import platform, torch; print('Python', platform.python_version() + ', torch', torch.__version__)"
        versions = subprocess.run([str(python), "-c", show], capture_output=True, text=True, check=True).stdout.strip()
    words = "passed" if code == 0 else f"failed (pytest's exit code {code})"
    print(
        f"oldest versions ({versions}): {words};"
        f" installed in {installed - started:.0f} s, tested in {time.monotonic() - installed:.0f} s"
    )
    return code


if __name__ == "__main__":
    sys.exit(main())
