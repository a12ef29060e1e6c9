"""`feed_export.json`: what an exported folder holds, and which version of it this is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.files import read_text

RECORD = "feed_export.json"
_FORMAT = 1
_FIRST_VERSION = "1.0.0"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class ExportError(FeedError):
    """A selection cannot be exported there, or a copy is not what it should be."""


@dataclass(frozen=True)
class ExportRecord:
    """The state of an exported folder. While it is being written, `complete` is False and `files` is the baseline's."""

    version: str
    digest: str  # of the names and contents of all files below data/
    licence: str  # as the hub names it
    files: Mapping[str, str]  # path relative to the folder, below data/ -> hex SHA-256
    left_out: Mapping[str, str]  # clip id -> why it could not be exported
    source_digest: str  # of the directory that the clips came from
    complete: bool

    def __repr__(self) -> str:
        state = "complete" if self.complete else "unfinished"
        return f"ExportRecord({self.version}, {len(self.files)} files, digest {self.digest[:16]}, {state})"

    def save(self, folder: Path) -> None:
        content = {
            "format": _FORMAT,
            "version": self.version,
            "digest": self.digest,
            "complete": self.complete,
            "licence": self.licence,
            "source_digest": self.source_digest,
            "left_out": dict(sorted(self.left_out.items())),
            "files": dict(sorted(self.files.items())),
        }
        with replacing(folder / RECORD) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_record(folder: Path) -> ExportRecord | None:
    """The record of a folder, None where there is none. Raises ExportError for a damaged one."""
    path = folder / RECORD
    if not path.is_file():
        return None
    try:
        return _parse(json.loads(read_text(path)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(
            f"expected a record of an export but {path} is not one ({error}); export elsewhere"
        ) from error


def _parse(content: dict[str, object]) -> ExportRecord:
    files, left_out = content["files"], content["left_out"]
    if content["format"] != _FORMAT:
        raise ValueError(f"format {content['format']!r} instead of {_FORMAT}")
    if not isinstance(files, dict) or not isinstance(left_out, dict):
        raise TypeError("files and left_out are not tables")
    for name, digest in files.items():
        # The names are deleted and uploaded by: nothing outside data/ may be among them.
        parts = name.split("/")
        if parts[0] != "data" or len(parts) < 3 or any(part in ("", ".", "..") for part in parts) or "\\" in name:
            raise ValueError(f"the file name {name!r}")
        if not _SHA256.fullmatch(digest):
            raise ValueError(f"the sha256 of {name!r}")
    version = str(content["version"])
    if not _VERSION.fullmatch(version):
        raise ValueError(f"the version {version!r}")
    return ExportRecord(
        version=version,
        digest=str(content["digest"]),
        licence=str(content["licence"]),
        files=files,
        left_out=left_out,
        source_digest=str(content["source_digest"]),
        complete=content["complete"] is True,
    )


def digest_of_files(files: Mapping[str, str]) -> str:
    """Hash of names and contents; the order does not matter."""
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def next_version(files: Mapping[str, str], baseline: ExportRecord | None) -> str:
    """The version of `files` after `baseline`.

    Unchanged contents keep the version; new clips raise the middle number; a clip that is gone or other than it was
    raises the first, because work with the old version cannot be repeated with this one.
    """
    if baseline is None:
        return _FIRST_VERSION
    match = _VERSION.fullmatch(baseline.version)
    assert match is not None
    major, minor = int(match[1]), int(match[2])
    if dict(files) == dict(baseline.files):
        return baseline.version
    is_table = {name: name.endswith(".jsonl") for name in baseline.files}  # tables grow with every added clip
    if all(files.get(name) == digest for name, digest in baseline.files.items() if not is_table[name]):
        return f"{major}.{minor + 1}.0"
    return f"{major + 1}.0.0"
