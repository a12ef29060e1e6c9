"""One member of a published Python package, fetched with the user's own pip; nothing is installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from feed_dataset.core.weights.sources import PackageMember
from feed_dataset.core.weights.transfer import DownloadError

PIP_TIMEOUT_S = 900.0
MAX_MEMBER_BYTES = 4 << 30


@contextmanager
def downloaded_archive(source: PackageMember, work_dir: Path) -> Iterator[Path]:
    """The package's archive in a temporary directory under `work_dir`, removed on exit.

    Raises:
        DownloadError: pip is missing, the index has no such archive or the archive's hash differs.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work_dir, prefix="package-") as temporary:
        folder = Path(temporary)
        requirements = folder / "requirements.txt"
        pinned = f" --hash=sha256:{source.archive_sha256}" if source.archive_sha256 else ""
        requirements.write_text(source.requirement + pinned + "\n", encoding="utf-8")
        target = folder / "archive"
        _run_pip([*_download_arguments(source), "-r", str(requirements), "-d", str(target)], source, folder)
        archives = sorted(target.iterdir()) if target.is_dir() else []
        if len(archives) != 1:
            raise DownloadError(f"{source}: expected one archive from pip but got {len(archives)}")
        yield archives[0]


def extract_member(archive: Path, member: str, target: Path, *, max_bytes: int = MAX_MEMBER_BYTES) -> None:
    """Copy one regular file out of a wheel, zip or tar archive to `target`.

    Only the content of that member is used, never a path stored in the archive, so a hostile archive cannot
    write elsewhere.

    Raises:
        DownloadError: no such member, not a regular file, larger than `max_bytes`, or a broken archive.
    """
    try:
        if archive.name.endswith((".tar.gz", ".tgz", ".tar", ".tar.bz2")):
            _extract_tar(archive, member, target, max_bytes)
        else:
            _extract_zip(archive, member, target, max_bytes)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DownloadError(f"{archive.name}: not a readable archive ({detail})") from error


def _extract_zip(archive: Path, member: str, target: Path, max_bytes: int) -> None:
    with zipfile.ZipFile(archive) as opened:
        matches = [info for info in opened.infolist() if info.filename == member and not info.is_dir()]
        if len(matches) != 1:
            raise DownloadError(f"{archive.name}: expected one member {member} but got {len(matches)}")
        with opened.open(matches[0]) as stream:
            _copy(stream, target, max_bytes, f"{member} in {archive.name}")


def _extract_tar(archive: Path, member: str, target: Path, max_bytes: int) -> None:
    with tarfile.open(archive) as opened:
        matches = [info for info in opened.getmembers() if info.name == member and info.isfile()]
        stream = opened.extractfile(matches[0]) if len(matches) == 1 else None
        if stream is None:
            raise DownloadError(f"{archive.name}: expected one member {member} but got {len(matches)}")
        with stream:
            _copy(stream, target, max_bytes, f"{member} in {archive.name}")


def _copy(stream: IO[bytes], target: Path, max_bytes: int, what: str) -> None:
    done = 0
    with open(target, "wb") as output:
        while chunk := stream.read(1 << 20):
            done += len(chunk)
            if done > max_bytes:
                raise DownloadError(f"{what}: expected at most {max_bytes} bytes but it is larger")
            output.write(chunk)


def _download_arguments(source: PackageMember) -> list[str]:
    arguments = ["download", "--no-deps", "--no-input", "--disable-pip-version-check", "--quiet"]
    arguments += ["--timeout", "10", "--retries", "1"]
    if source.archive_sha256:
        arguments.append("--require-hashes")
    if source.is_sdist:
        # Only this package: `:all:` would also build pip's build tools from source.
        arguments += ["--no-binary", source.requirement.split("==")[0]]
    else:
        arguments += ["--only-binary", ":all:"]
    if source.wheel_platform is not None:
        python_version, abi, platform = source.wheel_platform
        arguments += ["--python-version", python_version, "--implementation", "cp"]
        arguments += ["--abi", abi, "--platform", platform]
    return arguments


def _run_pip(arguments: list[str], source: PackageMember, folder: Path) -> None:
    command = [*_pip_command(folder), *arguments]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, env=environment, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"{source}: pip did not finish in {PIP_TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:] or ["no message"]
        raise DownloadError(f"{source}: pip says {errors[-1]}")


def _pip_command(folder: Path) -> list[str]:
    """pip of this interpreter; environments made without pip (uv) get one in a temporary environment."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    try:
        builder = venv.EnvBuilder(with_pip=True)
        builder.create(folder / "pip-environment")
    except (subprocess.CalledProcessError, OSError) as error:
        raise DownloadError("pip is not installed here; add it with: python -m ensurepip") from error
    python = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return [str(folder / "pip-environment" / python), "-m", "pip"]
