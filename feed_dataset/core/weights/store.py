"""Find, fetch, place and verify weights files on this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from feed_dataset.core.jobs.errors import FeedError, WeightsUnavailable
from feed_dataset.core.weights import registry
from feed_dataset.core.weights.hashing import hash_problem, sha256_file
from feed_dataset.core.weights.weight import COMMAND, Weight

if TYPE_CHECKING:
    from feed_dataset.core.weights.transfer import Progress

_failures: dict[str, str] = {}
"""Names whose sources all failed in this process, so that one unreachable host is waited for once."""


@dataclass(frozen=True)
class WeightStatus:
    """One line of `weights list`. `needs` says why it is absent or unusable (None when present)."""

    name: str
    present: bool
    path: Path | None
    needs: str | None
    command: str
    purpose: str
    licence: str
    verification: str


def cache_dir() -> Path:
    """$FEED_CACHE/weights, or ~/.cache/feed/weights."""
    root = os.environ.get("FEED_CACHE") or Path.home() / ".cache" / "feed"
    return Path(root).expanduser() / "weights"


def user_dir() -> Path | None:
    """The folder with files that the user placed ($FEED_WEIGHTS), or None. Raises FeedError where it is no folder."""
    named = os.environ.get("FEED_WEIGHTS")
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise FeedError(
            f"expected a folder with network files in FEED_WEIGHTS but {folder} {what}; name another, or unset it"
        )
    return folder


def resolve(name: str, *, fetch: bool = True) -> Path:
    """Path of a verified weights file, fetched once if it is not here.

    Order: the user's file in $FEED_WEIGHTS, the cache, then the entry's sources. A user's file that is not
    the expected one is an error, never skipped. Safe to call from several processes at once.

    Args:
        fetch: False looks on this machine only.

    Raises:
        UnknownWeights: no such name.
        WeightsUnavailable: with the command that gets it.
        FeedError: $FEED_WEIGHTS is no folder.
    """
    weight = registry.get(name)
    placed = _user_file(weight)
    if placed is not None:
        problem = hash_problem(placed, weight.sha256, weight.size_bytes)
        if problem is not None:
            raise WeightsUnavailable(name, weight.command, f"{placed} is another file: {problem}")
        return placed
    cached = _cached_file(weight)
    if cached is not None:
        return cached
    if not fetch:
        raise WeightsUnavailable(name, weight.command, "not on this machine")
    if name in _failures:
        raise WeightsUnavailable(name, weight.command, _failures[name])
    return _fetch(weight, progress=None)


def download(name: str, *, progress: Progress | None = None) -> Path:
    """As `resolve`, but tries the sources again even after a failure in this process."""
    weight = registry.get(name)
    forget_failures()
    if _user_file(weight) is not None:
        return resolve(name)
    return _cached_file(weight) or _fetch(weight, progress)


def import_file(name: str, path: Path | str) -> Path:
    """Verify a file that the user has, or the archive in which it is published, and put a copy into the cache.

    Raises:
        FeedError: the file does not exist or is not the expected one.
    """
    from feed_dataset.core.weights.identify import member_in

    weight = registry.get(name)
    source = _readable(Path(path).expanduser())
    target = _cache_path(weight)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="import-") as temporary:
        copy = Path(temporary) / weight.file_name
        member = member_in(source, weight)
        if member is None:
            shutil.copyfile(source, copy)
        else:
            _extract(source, member, copy, weight)
        problem = hash_problem(copy, weight.sha256, weight.size_bytes)
        if problem is not None:
            raise FeedError(f"{source} is not the weights file of {name}: {problem}")
        os.replace(copy, target)
    _failures.pop(name, None)
    return target


def import_unnamed(path: Path | str) -> dict[str, Path]:
    """As `import_file`, for whichever networks the file is or holds: name -> path in the cache.

    Raises:
        FeedError: the file is no network of the registry.
    """
    from feed_dataset.core.weights.identify import networks_in

    source = _readable(Path(path).expanduser())
    names = networks_in(source)
    if not names:
        raise FeedError(
            f"expected a network of the registry but {source} is none by its hash or name; if you know which one it"
            f" should be: {COMMAND} import NAME FILE"
        )
    return {name: import_file(name, source) for name in names}


def sha256_of(name: str) -> str:
    """SHA-256 of the file that `resolve` gives here. Raises WeightsUnavailable when it is absent."""
    return sha256_file(resolve(name, fetch=False))


def status() -> list[WeightStatus]:
    """What is here and what is missing, in registry order; looks at sizes only (see `verify`)."""
    return [_status(weight) for weight in registry.REGISTRY.values()]


def verify(names: Sequence[str] = ()) -> dict[str, str | None]:
    """Hash the named files (all that are here when no name is given): name -> problem or None.

    A name whose file is absent is a problem only when it was asked for.
    """
    chosen = [registry.get(name) for name in names] or list(registry.REGISTRY.values())
    report: dict[str, str | None] = {}
    for weight in chosen:
        path = _user_file(weight) or _existing(_cache_path(weight))
        if path is not None:
            report[weight.name] = hash_problem(path, weight.sha256, weight.size_bytes)
        elif names:
            report[weight.name] = f"not on this machine; get it with: {weight.command}"
    return report


def forget_failures() -> None:
    """Let the next `resolve` try unreachable sources again."""
    from feed_dataset.core.weights import fetching

    _failures.clear()
    fetching.unreachable_hosts.clear()


def _fetch(weight: Weight, progress: Progress | None) -> Path:
    from feed_dataset.core.weights import fetching  # HTTP and locks are slow to import and seldom needed

    try:
        fetching.fetch(weight, _cache_path(weight), _siblings(weight), progress=progress)
    except fetching.NoSourceWorked as error:
        _failures[weight.name] = str(error)
        raise WeightsUnavailable(weight.name, weight.command, str(error)) from error
    return _cache_path(weight)


def _siblings(weight: Weight) -> dict[str, Path]:
    """Cache paths of entries that may come out of the same archive and are not here yet."""
    return {
        other.name: _cache_path(other)
        for other in registry.REGISTRY.values()
        if other.name != weight.name and _existing(_cache_path(other)) is None
    }


def _cache_path(weight: Weight) -> Path:
    # The expected hash is in the path: another version of this package never meets a file it does not know.
    folder = weight.sha256[:12] if weight.sha256 else "unverified"
    return cache_dir() / weight.name / folder / weight.file_name


def _readable(path: Path) -> Path:
    if not path.is_file():
        what = "is no regular file" if path.exists() else "does not exist"
        raise FeedError(f"expected a weights file but {path} {what}")
    return path


def _extract(archive: Path, member: str, target: Path, weight: Weight) -> None:
    from feed_dataset.core.weights import packages
    from feed_dataset.core.weights.transfer import DownloadError

    try:
        packages.extract_member(archive, member, target, max_bytes=weight.size_bytes or packages.MAX_MEMBER_BYTES)
    except DownloadError as error:
        raise FeedError(str(error)) from error


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None


def _user_file(weight: Weight) -> Path | None:
    folder = user_dir()
    return _existing(folder / weight.file_name) if folder is not None else None


def _cached_file(weight: Weight) -> Path | None:
    path = _existing(_cache_path(weight))
    if path is not None and hash_problem(path, weight.sha256, weight.size_bytes) is not None:
        path.unlink(missing_ok=True)  # a damaged cache entry is fetched again
        return None
    return path


def _status(weight: Weight) -> WeightStatus:
    path = _user_file(weight) or _existing(_cache_path(weight))
    needs: str | None = None
    if path is None:
        needs = _failures.get(weight.name, "not on this machine")
    elif weight.size_bytes is not None and path.stat().st_size != weight.size_bytes:
        needs = f"{path} is another file: expected {weight.size_bytes} bytes but got {path.stat().st_size}"
    return WeightStatus(
        name=weight.name,
        present=needs is None,
        path=path,
        needs=needs,
        command=weight.command,
        purpose=weight.purpose,
        licence=weight.licence,
        verification=weight.verification,
    )
