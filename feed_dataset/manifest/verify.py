"""Checking a data directory against its manifest, and against what a complete one would hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from feed_dataset.layout.names import KNOWN_HOLES, RELEASED_SUBJECTS, TASKS
from feed_dataset.manifest.build import OnFile, build_manifest, directory
from feed_dataset.manifest.findings import DAMAGE, SYNC_TOLERANCE_S, Finding, broken, changes, duplicates, out_of_sync
from feed_dataset.manifest.manifest import Manifest
from feed_dataset.manifest.place import find_manifest
from feed_dataset.manifest.scan import natural

_ORDER = [*TASKS, ""]


@dataclass(frozen=True)
class Verification:
    """The state of a data directory now."""

    manifest: Manifest  # of now; nothing is written
    was_indexed: bool  # False: there is no earlier state to compare the contents with
    findings: tuple[Finding, ...]  # in order of subject, task and id

    @property
    def is_damaged(self) -> bool:
        """Whether something is wrong that is not merely missing, new, withdrawn or out of sync."""
        return any(finding.fault in DAMAGE for finding in self.findings)


def verify_directory(
    root: Path | str,
    corpus: str = "feed",
    workers: int | None = None,
    on_file: OnFile | None = None,
    *,
    decode: bool = False,  # decode every frame too
    tolerance_s: float = SYNC_TOLERANCE_S,  # by which views of a take may differ in start and length
) -> Verification:
    """Read every file again, whatever its size and time say. Raises LayoutError and ManifestError."""
    root = directory(root)
    path = find_manifest(root, corpus)
    before = None if path is None else Manifest.load(path)
    known = () if before is None else before.entries
    now = build_manifest(root, corpus, workers, on_file, known=known, reread=True, decode=decode)
    findings = [*broken(now.entries), *duplicates(now.entries), *out_of_sync(now.entries, tolerance_s)]
    if before is not None:
        findings += changes(before.entries, now.entries)
        lost = {finding.id for finding in findings if finding.fault == "gone"}
        findings = [f for f in findings if not (f.fault == "missing" and f.id in lost)]
    return Verification(now, before is not None, in_order(findings))


def table(found: Verification) -> list[list[str]]:
    """Good files out of those that should be there, per subject (rows) and task (columns)."""
    entries = [entry for entry in found.manifest.entries if entry.status != "withdrawn"]
    tasks = sorted({entry.task for entry in entries}, key=_task_order)
    rows = [["subject", *(task or "all" for task in tasks)]]
    for subject in sorted({entry.subject for entry in entries}, key=natural):
        row = [subject]
        for task in tasks:
            chosen = [entry for entry in entries if (entry.subject, entry.task) == (subject, task)]
            good = sum(entry.status == "ok" for entry in chosen)
            row.append(f"{good}/{len(chosen)}" if chosen else "-")
        rows.append(row)
    return rows


def absent_subjects(manifest: Manifest) -> tuple[str, ...]:
    """People of the public release of whom nothing is here; none where the data are not FEED's people at all."""
    here = {entry.subject for entry in manifest.entries}
    if manifest.corpus != "feed" or not here & set(RELEASED_SUBJECTS):
        return ()
    return tuple(subject for subject in RELEASED_SUBJECTS if subject not in here)


def known_hole(name: str) -> str:
    """What is publicly known of a missing subject or clip; "" when nothing is."""
    return KNOWN_HOLES.get(name, "") or KNOWN_HOLES.get(name.partition("/")[0], "")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By subject, task and id."""
    return tuple(sorted(findings, key=_order))


def _order(finding: Finding) -> tuple[list[tuple[int, str]], tuple[int, str], list[tuple[int, str]]]:
    return natural(finding.subject), _task_order(finding.task), natural(finding.id)


def _task_order(task: str) -> tuple[int, str]:
    return (_ORDER.index(task) if task in _ORDER else len(_ORDER), task)
