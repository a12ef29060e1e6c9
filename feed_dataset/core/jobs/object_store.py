"""Whole files in an object store, or whatever else fsspec reaches: put, get, list."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.array_store import file_sha256
from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import FeedError, words_and_place, words_of


class StoreError(FeedError):
    """An object store does not do what it is asked for, or has other contents than it should."""


@dataclass(frozen=True)
class ObjectStore:
    """A place in an object store. Plain data: credentials come from each machine's own environment.

    Args:
        url: such as "s3://bucket/prefix", as fsspec understands it; the packages that it wants must be installed.

    Raises:
        StoreError: from every method, with the reason of the store.

    Example:
        >>> ObjectStore("nonsense://place").check()
        Traceback (most recent call last):
        feed_dataset.core.jobs.object_store.StoreError: expected a store ... nonsense ...
    """

    url: str

    def check(self) -> None:
        """Write something and read it back: rights, address and bucket are as they should be."""
        with tempfile.TemporaryDirectory(prefix="feed-store-") as folder:
            sent, back = Path(folder, "sent"), Path(folder, "back")
            sent.write_bytes(os.urandom(16))
            name = f".feed-check-{sent.read_bytes().hex()}"
            self.put(name, sent)
            self.get(name, back, file_sha256(sent))
        with self._asked("remove from"):
            self._file_system.rm_file(f"{self._root}/{name}")

    def put(self, name: str, path: Path) -> None:
        """Keep a file under a name; one that is there is replaced. Readers see it whole or not at all."""
        with self._asked(f"write {name} to"):
            if self._is_local:
                target = Path(self._root, name)
                with replacing(target) as temporary:
                    shutil.copyfile(path, temporary)
            else:
                self._file_system.put_file(str(path), f"{self._root}/{name}")

    def get(self, name: str, path: Path, sha256: str | None = None) -> None:
        """Fetch a file to `path`, atomically; one of another hash than `sha256` is an error."""
        with self._asked(f"read {name} from"):
            with replacing(path) as temporary:
                self._fetch(name, temporary, sha256)

    def has(self, name: str, size: int) -> bool:
        """Whether a file of so many bytes is kept under a name."""
        with self._asked(f"look for {name} in"):
            try:
                found: dict[str, Any] = self._file_system.info(f"{self._root}/{name}")
            except FileNotFoundError:
                return False
            return found.get("size") == size

    def names(self, folder: str) -> set[str]:
        """All names below a folder, without it."""
        with self._asked(f"list {folder} in"):
            self._file_system.invalidate_cache()
            begin = f"{self._root}/{folder}/"
            try:
                found = self._file_system.find(begin)
            except FileNotFoundError:
                return set()
            return {one[one.index(begin) + len(begin) :] for one in found if begin in one}

    def _fetch(self, name: str, path: Path, sha256: str | None) -> None:
        self._file_system.get_file(f"{self._root}/{name}", str(path))
        if sha256 is not None and (found := file_sha256(path)) != sha256:
            raise StoreError(
                f"expected {name} in the store {self.url} with sha256 {sha256[:12]} but got {found[:12]}; remove it"
                " there and run again"
            )

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except Exception as error:  # every store has errors of its own
            reason = " ".join(words_and_place(error).split())
            raise StoreError(f"expected to {what} the store {self.url} but got: {reason[:300]}") from error

    @property
    def _is_local(self) -> bool:
        return "file" in _names_of(self._file_system.protocol)

    @cached_property
    def _place(self) -> tuple[Any, str]:
        import fsspec.core

        try:
            file_system, root = fsspec.core.url_to_fs(self.url)
        except Exception as error:
            raise StoreError(f"expected a store that fsspec knows but got {self.url!r}: {words_of(error)}") from error
        return file_system, str(root).rstrip("/")

    @property
    def _file_system(self) -> Any:
        return self._place[0]

    @property
    def _root(self) -> str:
        return self._place[1]

    def __reduce__(self) -> tuple[type[ObjectStore], tuple[str]]:
        return ObjectStore, (self.url,)  # without the connection


def _names_of(protocol: str | tuple[str, ...]) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else protocol
