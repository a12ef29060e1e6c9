"""What an index run has found so far, one line per file: a run that is killed loses only the files in progress."""

from __future__ import annotations

import base64
import fcntl
import json
from pathlib import Path
from types import TracebackType
from typing import IO

from feed_dataset.core.jobs.own_files import open_growing
from feed_dataset.manifest.entry import VERSION, ManifestEntry, ManifestError
from feed_dataset.manifest.rows import from_row, to_row


class Journal:
    """An append-only file beside the manifest, open in one process at a time.

    Raises ManifestError when another process has it open, and PlaceError when something else lies under its name.
    """

    def __init__(self, manifest: Path, corpus: str) -> None:
        self.path = manifest.with_name(f".{manifest.stem}.journal")
        self._corpus = corpus
        self._file: IO[str] | None = None

    def __enter__(self) -> Journal:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = open_growing(self.path)  # it lies in a data directory, where anybody may have put anything
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise ManifestError(f"expected to index alone but another process has {self.path} open") from error
        self._file = file
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._file is not None:
            if kind is None:
                self.path.unlink(missing_ok=True)  # all of it is in the manifest now
            self._file.close()
            self._file = None

    def entries(self) -> list[ManifestEntry]:
        """What an earlier run found; a line that was cut by its end is left out."""
        assert self._file is not None, "a journal is used in a with block"
        self._file.seek(0)
        found = []
        for line in self._file:
            entry = self._parse(line)
            if entry is not None:
                found.append(entry)
        return found

    def append(self, entry: ManifestEntry) -> None:
        """Add one file; it is in the hands of the kernel when this returns."""
        assert self._file is not None, "a journal is used in a with block"
        row = to_row(entry)
        row["frame_index"] = base64.b64encode(entry.frame_index).decode()
        # A leading newline ends a line that an earlier run left unfinished.
        self._file.write("\n" + json.dumps({"format": VERSION, "corpus": self._corpus, "row": row}) + "\n")
        self._file.flush()

    def _parse(self, line: str) -> ManifestEntry | None:
        try:
            content = json.loads(line)
            if (content["format"], content["corpus"]) != (VERSION, self._corpus):
                return None
            row = content["row"]
            row["frame_index"] = base64.b64decode(row["frame_index"], validate=True)
            return from_row(row)
        except (ValueError, KeyError, TypeError, ManifestError):
            return None
