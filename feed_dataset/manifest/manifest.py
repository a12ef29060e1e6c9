"""The manifest: every file of a data directory, with those that should be there and are not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.manifest.entry import STATUSES, VERSION, ManifestEntry, ManifestError, Status


@dataclass(frozen=True, repr=False)
class Manifest:
    """Every file of a data directory, in order of ids, with the files that should be there and are not."""

    corpus: str
    root: Path
    entries: tuple[ManifestEntry, ...]
    strangers: tuple[tuple[str, str], ...] = ()  # (path below the root, why it is no file of the corpus)
    version: int = VERSION
    reader: str = ""  # name and version of what read the media

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.counts().items() if count)
        return f"Manifest({self.corpus!r}, {self.root}, {counts or 'empty'})"

    @cached_property
    def _by_id(self) -> Mapping[str, ManifestEntry]:
        return MappingProxyType({entry.id: entry for entry in self.entries})

    def entry(self, entry_id: str) -> ManifestEntry:
        """The entry with this id. Raises ManifestError."""
        found = self._by_id.get(entry_id)
        if found is None:
            raise ManifestError(f"{self.root}: {unknown('file', entry_id, self._by_id)}")
        return found

    def counts(self) -> dict[Status, int]:
        """How many files there are of each status."""
        return {status: sum(entry.status == status for entry in self.entries) for status in STATUSES}

    @property
    def digest(self) -> str:
        """Hash of ids, statuses and contents; equal for copies, wherever they lie."""
        lines = sorted(f"{entry.id}\0{entry.status}\0{entry.sha256}" for entry in self.entries)
        return hashlib.sha256("\n".join([self.corpus, *lines]).encode()).hexdigest()

    def save(self, path: Path) -> None:
        """Write a parquet file, whole or not at all."""
        from feed_dataset.manifest.table import write_table  # imports pyarrow, which every run would wait for

        about = {
            "format": self.version,
            "corpus": self.corpus,
            "reader": self.reader,
            "root": "" if path.parent.resolve() == self.root else str(self.root),
            "strangers": [list(pair) for pair in self.strangers],
        }
        write_table(path, self.entries, about)

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read what `save` wrote. Raises ManifestError."""
        from feed_dataset.manifest.table import read_table

        entries, about = read_table(path)
        root = Path(about["root"]) if about["root"] else path.parent.resolve()
        strangers = tuple((str(name), str(reason)) for name, reason in about["strangers"])
        return cls(about["corpus"], root, entries, strangers, about["format"], about["reader"])
