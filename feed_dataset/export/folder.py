"""Writing an exported folder: verified copies, then the tables, the card and the record."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from feed_dataset.core.jobs.atomic import replacing
from feed_dataset.core.jobs.files import refuse_linked_folders
from feed_dataset.core.weights.hashing import sha256_file
from feed_dataset.export.card import CARD, card_text
from feed_dataset.export.plan import DATA, ExportPlan, table_lines
from feed_dataset.export.record import (
    RECORD,
    ExportError,
    ExportRecord,
    digest_of_files,
    next_version,
    read_record,
)


@dataclass(frozen=True)
class ExportReport:
    """What an export did."""

    folder: Path
    record: ExportRecord
    clips: int
    copied: int  # files; the others were there
    removed: int  # files of an earlier version

    @property
    def left_out(self) -> int:
        return len(self.record.left_out)


def export_folder(
    plan: ExportPlan,
    folder: Path,
    *,
    baseline: ExportRecord | None = None,
    on_clip: Callable[[str, str], None] | None = None,
) -> ExportReport:
    """Copy what is planned to `folder`; the same call goes on where an earlier one was killed.

    Copies are copies, never hard links: an edit of one file must not change the other. On file systems that share
    blocks until they differ (btrfs, XFS) they take no space. Each copy is read again and compared by sha256 before it
    gets its name. Files of an earlier export that are not selected any more, such as those of a subject who withdrew,
    are deleted.

    Args:
        baseline: the version to count on from, such as the one on the hub; by default the one in `folder`.
        on_clip: told of each clip, and whether it was "copied" or "is there".

    Raises:
        ExportError: nothing is left to export, `folder` holds something else, or a copy differs from its source.
        LayoutError: a folder below `folder` is a link that leads elsewhere.
    """
    folder = folder.expanduser().resolve()
    if not plan.items:
        raise ExportError(f"expected readable clips to export but none of {len(plan.left_out)} is")
    before = _claim(folder, plan.source)
    refuse_linked_folders(folder, (folder / place for item in plan.items for place in item.sources()))
    if before is None or before.complete:
        _unfinished(before, plan).save(folder)
        (folder / CARD).unlink(missing_ok=True)  # without it `datasets` does not take the folder for a whole one
    files: dict[str, str] = {}
    copied = 0
    for item in plan.items:
        new = 0
        for place, source in item.sources().items():
            if place not in files:  # views of a take share their ground truth
                files[place], is_new = _copy(source, folder / place, item.sha256 if place == item.video else None)
                new += is_new
        copied += new
        if on_clip is not None:
            on_clip(item.clip.id, "copied" if new else "is there")
    files |= _write_tables(plan, folder, files)
    removed = _remove_others(folder, files)
    baseline = baseline or before
    version, digest = next_version(files, baseline if baseline and baseline.files else None), digest_of_files(files)
    record = ExportRecord(version, digest, plan.licence.id, files, plan.left_out, plan.source_digest, complete=True)
    _write(folder / CARD, card_text(plan, record))
    record.save(folder)
    return ExportReport(folder, record, len(plan.items), copied, removed)


def verify_export(folder: Path) -> ExportRecord:
    """Read every file of an exported folder again; its record.

    Raises ExportError when one is missing, changed or added, or when the export was never finished.
    """
    record = read_record(folder)
    if record is None or not record.complete:
        state = "an unfinished one" if record else "none"
        raise ExportError(f"expected a finished export in {folder} but got {state}; run the export again")
    there = {path.relative_to(folder).as_posix() for path in _files(folder)}
    for name in sorted(there ^ set(record.files)):
        what = "is no part of it" if name in there else "is missing"
        raise ExportError(f"expected the {len(record.files)} files of the export in {folder} but {name} {what}")
    for name, digest in record.files.items():
        if sha256_file(folder / name) != digest:
            raise ExportError(f"expected sha256 {digest} but {folder / name} changed; run the export again")
    return record


def _claim(folder: Path, source: Path) -> ExportRecord | None:
    """The record of the folder; makes sure that it is ours to write to."""
    for inner, outer in ((folder, source), (source, folder)):
        if inner.is_relative_to(outer):
            raise ExportError(f"expected a folder apart from the data in {source} but got {folder}")
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"expected a folder to export to but {folder} is a file")
    if (folder / DATA).is_symlink():
        raise ExportError(f"expected a folder of its own but {folder / DATA} is a link; files would be deleted there")
    record = read_record(folder)
    if record is None and folder.is_dir() and any(folder.iterdir()):
        raise ExportError(f"expected an empty folder or an export (with {RECORD}) but {folder} holds something else")
    folder.mkdir(parents=True, exist_ok=True)
    return record


def _unfinished(before: ExportRecord | None, plan: ExportPlan) -> ExportRecord:
    """Says that writing has begun. Keeps the earlier version's files, from which the next version is counted."""
    version, digest, files = ("0.0.0", "", {}) if before is None else (before.version, before.digest, before.files)
    return ExportRecord(version, digest, plan.licence.id, files, {}, plan.source_digest, complete=False)


def _copy(source: Path, target: Path, known: str | None) -> tuple[str, bool]:
    """Copy unless it is there; (SHA-256, whether it was copied)."""
    expected = known or sha256_file(source)
    if target.is_file() and not target.is_symlink() and sha256_file(target) == expected:
        return expected, False
    with replacing(target) as temporary:
        _copy_bytes(source, temporary)
        got = sha256_file(temporary)
        if got != expected:
            raise ExportError(f"expected a copy of {source} with sha256 {expected} but got {got}: try again")
    return expected, True


def _copy_bytes(source: Path, target: Path) -> None:
    """Lets the file system share the blocks where it can; file modes and times are not copied."""
    with source.open("rb") as reader, target.open("wb") as writer:
        try:
            while os.copy_file_range(reader.fileno(), writer.fileno(), 1 << 30):
                pass
        except (AttributeError, OSError) as error:  # not this system, not between these file systems
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
                raise
            reader.seek(0)
            writer.seek(0)
            writer.truncate()
            shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())


def _write_tables(plan: ExportPlan, folder: Path, digests: dict[str, str]) -> dict[str, str]:
    written = {}
    for (config, split), place in plan.tables().items():
        _write(folder / place, table_lines(plan.of(config, split), digests))
        written[place] = sha256_file(folder / place)
    return written


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _remove_others(folder: Path, files: dict[str, str]) -> int:
    """Delete what earlier versions and killed runs left below data/; the count."""
    removed = 0
    for path in _files(folder):
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
            removed += 1
    for path in sorted((folder / DATA).rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()
    return removed


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / DATA).rglob("*") if path.is_symlink() or not path.is_dir())
