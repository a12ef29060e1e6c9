"""Which code made a number: a digest of the Python files of some of this project's packages."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = "feed-benchmark"
MEASURING = ("benchmark", "feed_dataset")
"""Every line that can change a number of a metric."""
EVERYTHING = (*MEASURING, "baselines", "model")
"""Every line that can change a number of one of our methods, too."""
_SHOWN = 16


def describe_code() -> str:
    """Version and digest of everything that can change a number: "0.2.0, 1a2b3c4d5e6f7a8b"."""
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        version = "not installed"
    return f"{version}, {code_sha256(EVERYTHING)[:_SHOWN]}"


@cache
def code_sha256(rooms: tuple[str, ...]) -> str:
    """Of every Python file of these packages, by its name and content."""
    root = Path(__file__).resolve().parent.parent.parent
    total = hashlib.sha256()
    for room in rooms:
        for path in sorted((root / room).rglob("*.py")):
            total.update(f"{path.relative_to(root).as_posix()}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
