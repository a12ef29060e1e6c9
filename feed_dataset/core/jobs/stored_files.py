"""Files through an object store, for machines that share no folder: what a task names goes there, what it writes back.

    URL/files/<sha256>        what tasks read, once each
    URL/runs/<run>/<name>     what tasks wrote below the run's folder, under the names that it has there

A machine has the first below its temporary folder, each of its workers a folder for the second. Files are kept as soon
as they are whole, so that a task which is tried again elsewhere finds what its first worker left; the run's folder has
everything when a task is done.
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, runtime_checkable

from feed_dataset.core.jobs.array_store import file_sha256, key_of
from feed_dataset.core.jobs.atomic import tell_of_files
from feed_dataset.core.jobs.carrier import Carrier, CarrierEnd
from feed_dataset.core.jobs.object_store import ObjectStore, StoreError
from feed_dataset.core.jobs.worker_process import Answer

_STREAMS = 8  # files at a time
_SMALL_BYTES = 1 << 20  # what is larger is not kept on a worker after its task
_WORKER = "worker-"
_MADE, _GIVEN, _NAMED = "made", "given", "named"  # below the run's folder; a file; anything else


@runtime_checkable
class KeepsFiles(Protocol):
    """A task that spares work where files of an earlier try are there."""

    def kept_files(self) -> Iterable[Path]:
        """Where they would lie, below the run's folder."""
        ...


@dataclass(frozen=True)
class _Parcel:
    """A task, and the names of files to be fetched before."""

    value: Any
    wanted: tuple[str, ...]


@dataclass(frozen=True)
class _Delivery:
    """An answer, and by name the sha256 of each file that came to be with it."""

    answer: Answer
    files: tuple[tuple[str, str], ...]


class StoredFiles(Carrier):
    """See the module.

    Args:
        url: of the store, as of `ObjectStore`.
        folder: the run's; its files on other machines are those that tasks write below it.

    Raises:
        StoreError: from every method.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._store, self._folder = ObjectStore(url), folder.resolve()
        self._run = f"runs/{key_of(socket.gethostname(), str(self._folder))[:32]}"
        self._known: set[str] = set()
        self._sent: dict[str, str] = {}  # sha256 of files that are in the store
        self._pool: ThreadPoolExecutor

    def open(self) -> None:
        self._store.check()
        self._known = self._store.names(self._run)
        self._pool = ThreadPoolExecutor(_STREAMS)

    def close(self) -> None:
        self._pool.shutdown()

    def end(self) -> CarrierEnd:
        return StoredFilesEnd(self._store, self._run)

    def dumps(self, value: Any, *, is_again: bool = False) -> bytes:
        if is_again:
            self._known = self._store.names(self._run)
        wanted = tuple(self._wanted(value.kept_files())) if isinstance(value, KeepsFiles) else ()
        stream = io.BytesIO()
        pickler = _Pickler(stream, self._folder)
        pickler.dump(_Parcel(value, wanted))
        _all(self._pool.submit(self._send, sha256, path) for sha256, path in pickler.files.items())
        return stream.getvalue()

    def loads(self, data: bytes) -> Answer:
        found: Answer | _Delivery = pickle.loads(data)
        if not isinstance(found, _Delivery):
            return found  # an error, or that the worker is ready
        _all(self._pool.submit(self._receive, name, sha256) for name, sha256 in found.files)
        self._known |= {name for name, _ in found.files}
        return found.answer

    def _wanted(self, paths: Iterable[Path]) -> Iterator[str]:
        """Names of those that are in the store, after those that are here only."""
        for path in paths:
            name = path.relative_to(self._folder).as_posix()
            if name not in self._known and path.is_file():
                self._store.put(f"{self._run}/{name}", path)
                self._known.add(name)
            if name in self._known:
                yield name

    def _send(self, sha256: str, path: Path) -> None:
        name = f"files/{sha256}"
        if sha256 not in self._sent:
            if not self._store.has(name, path.stat().st_size):
                self._store.put(name, path)
            self._sent[sha256] = name

    def _receive(self, name: str, sha256: str) -> None:
        target = self._folder / name
        if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts:
            if not target.is_file() or file_sha256(target) != sha256:
                self._store.get(f"{self._run}/{name}", target, sha256)
            return
        raise StoreError(f"expected the name of a file below {self._folder} from a worker but got {name!r}")


class StoredFilesEnd(CarrierEnd):
    """The worker's end of StoredFiles.

    Args:
        run: the folder of the run's files in the store.
    """

    def __init__(self, store: ObjectStore, run: str) -> None:
        self._store, self._run = store, run
        self.folder: Path  # what stands for the run's, and is no other worker's: nobody else delivers what lies in it
        self._root: Path
        self._pool: ThreadPoolExecutor
        self._is_at_work = False
        self._stored: dict[str, tuple[Path, Future[None]]] = {}  # of the task in work

    def begin(self) -> None:
        self._root = _private_folder(Path(tempfile.gettempdir()) / f"feed-store-{os.getuid()}")
        _remove_left(self._root)
        self.folder = self._root / f"{_WORKER}{os.getpid()}"
        self._pool = ThreadPoolExecutor(_STREAMS)
        self._store.check()
        tell_of_files(self._wrote)

    def loads(self, data: bytes) -> Any:
        self._is_at_work = False  # what is fetched is no work
        parcel: _Parcel = _Unpickler(io.BytesIO(data), self).load()
        self._stored = {name: (self.folder / name, self._pool.submit(self._fetch, name)) for name in parcel.wanted}
        _all(future for _, future in self._stored.values())
        self._is_at_work = True
        return parcel.value

    def dumps(self, answer: Answer) -> bytes:
        self._is_at_work = False
        files = []
        for name, (path, stored) in self._stored.items():
            stored.result()
            if not path.is_file():
                continue  # it was of an earlier try, and is made again by nobody
            files.append((name, file_sha256(path)))
            if path.stat().st_size > _SMALL_BYTES:
                path.unlink()
        return pickle.dumps(_Delivery(answer, tuple(files)))

    def given(self, sha256: str, name: str) -> Path:
        """A file that a task reads, fetched once for all workers of a machine."""
        path = self._root / "files" / sha256 / name
        if not path.is_file():
            self._store.get(f"files/{sha256}", path, sha256)
        return path

    def _fetch(self, name: str) -> None:
        path = self.folder / name
        if not path.is_file():
            self._store.get(f"{self._run}/{name}", path)

    def _wrote(self, path: Path) -> None:
        """A file is whole: keep it."""
        if not self._is_at_work or not path.is_relative_to(self.folder):
            return
        name = path.relative_to(self.folder).as_posix()
        if name in self._stored:
            self._stored[name][1].result()  # one after the other
        self._stored[name] = path, self._pool.submit(self._store.put, f"{self._run}/{name}", path)


class _Pickler(pickle.Pickler):
    """Replaces every path by what it is for a worker; `files` are those that it will read."""

    def __init__(self, stream: io.BytesIO, folder: Path) -> None:
        super().__init__(stream)
        self._folder = folder
        self.files: dict[str, Path] = {}

    def persistent_id(self, value: Any) -> tuple[str, ...] | None:
        if not isinstance(value, Path):
            return None
        if value.is_file():
            sha256 = file_sha256(value)
            self.files[sha256] = value
            return _GIVEN, sha256, value.name
        if value.is_relative_to(self._folder):
            return _MADE, value.relative_to(self._folder).as_posix()
        return _NAMED, str(value)


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, end: StoredFilesEnd) -> None:
        super().__init__(stream)
        self._end = end

    def persistent_load(self, place: tuple[str, ...]) -> Path:
        kind, *rest = place
        if kind == _GIVEN:
            return self._end.given(*rest)
        return self._end.folder / rest[0] if kind == _MADE else Path(rest[0])


def _all(futures: Iterable[Future[None]]) -> None:
    """Wait for all; the first error is raised."""
    for future in list(futures):
        future.result()


def _private_folder(path: Path) -> Path:
    """Make a folder of this user alone. Raises StoreError where somebody else's lies there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StoreError(f"expected a folder of this user at {path} on {socket.gethostname()} but it is not; remove it")
    return path


def _remove_left(root: Path) -> None:
    """Folders of workers that ended."""
    for folder in root.glob(f"{_WORKER}*"):
        try:
            os.kill(int(folder.name.removeprefix(_WORKER)), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, PermissionError):
            continue
