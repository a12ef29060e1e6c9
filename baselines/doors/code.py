"""Which code a class of one's own consists of: its file and the files beside it that it imports."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from feed_dataset.core.jobs.array_store import file_sha256

_INSTALLED = ("site-packages", "dist-packages")
_OURS = ("baselines", "benchmark", "feed_dataset", "leaderboard", "model")


def code_sha256(file: Path) -> str:
    """One digest of everything in `code_digests`, whatever folder it lies in."""
    root = _root(file.resolve())
    lines = [f"{path.relative_to(root).as_posix()} {digest}" for path, digest in code_digests(file).items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def code_digests(file: Path) -> dict[Path, str]:
    """sha256 of a Python file and of every file that it imports from its own folder, directly or not.

    A module of a package stands for the whole package. Installed packages and this project's own do not count as
    imports: they have versions of their own.
    """
    file = file.resolve()
    return {path: file_sha256(path) for path in sorted(_reached(file, _root(file)))}


def _root(file: Path) -> Path:
    """The folder from which a file is imported: above the packages that it lies in."""
    folder = file.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _reached(file: Path, root: Path) -> set[Path]:
    package = root / file.relative_to(root).parts[0]
    found = {file, *(package.rglob("*.py") if package.is_dir() else ())}
    waiting = list(found)
    looked_for: set[str] = set()
    while waiting:
        file = waiting.pop()
        names = _imported(file, file_sha256(file)) - looked_for
        looked_for |= names
        for name in names:
            for path in _beside(root, name):
                if path not in found:
                    found.add(path)
                    waiting.append(path)
    return found


def _beside(folder: Path, name: str) -> Iterator[Path]:
    """The files of a module or package of this name in the folder, where they count."""
    if folder.name in _INSTALLED or name in _OURS:
        return
    if (folder / f"{name}.py").is_file():
        yield folder / f"{name}.py"
    if (folder / name).is_dir():
        yield from sorted((folder / name).rglob("*.py"))


@lru_cache(maxsize=4096)
def _imported(
    file: Path,
    sha256: str,  # of its content: a file that was edited is read again
) -> frozenset[str]:
    """First parts of the names that a file imports."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return frozenset()  # importing it says so
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return frozenset(names)
