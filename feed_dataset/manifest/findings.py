"""What is wrong with a data directory, worked out from entries alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from feed_dataset.manifest.entry import ManifestEntry

Fault = Literal["damaged", "changed", "gone", "duplicate", "missing", "new", "same take", "out of sync", "withdrawn"]
DAMAGE: frozenset[Fault] = frozenset({"damaged", "changed", "gone", "duplicate"})
"""What makes `verify` fail. The rest may be as it was published, or wanted."""
SYNC_TOLERANCE_S = 0.1
_SAME_TAKE = frozenset({"tongue", "tongue_em"})  # the older and the newer name of one stem


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    fault: Fault
    subject: str
    task: str
    id: str
    detail: str


def broken(entries: Iterable[ManifestEntry]) -> list[Finding]:
    """Files that are damaged, missing or withdrawn."""
    words: Mapping[str, Fault] = {"corrupt": "damaged", "missing": "missing", "withdrawn": "withdrawn"}
    return [_finding(words[entry.status], entry, entry.reason) for entry in entries if entry.status in words]


def duplicates(entries: Iterable[ManifestEntry]) -> list[Finding]:
    """Files with the same contents under different ids."""
    by_hash: dict[str, list[ManifestEntry]] = {}
    for entry in entries:
        if entry.sha256 and entry.status == "ok":
            by_hash.setdefault(entry.sha256, []).append(entry)
    found = []
    for first, *others in by_hash.values():
        for other in others:
            is_renamed = (first.subject, first.view) == (other.subject, other.view)
            is_renamed = is_renamed and {first.stem, other.stem} == _SAME_TAKE
            fault: Fault = "same take" if is_renamed else "duplicate"
            found.append(_finding(fault, other, f"has the same contents as {first.id}"))
    return found


def out_of_sync(entries: Iterable[ManifestEntry], tolerance_s: float = SYNC_TOLERANCE_S) -> list[Finding]:
    """Takes whose views begin or end apart, or run at different rates, by their presentation times alone."""
    takes: dict[str, list[ManifestEntry]] = {}
    for entry in entries:
        if entry.status == "ok" and entry.view and entry.length_s is not None:
            takes.setdefault(entry.take_id, []).append(entry)
    found = []
    for take_id, views in takes.items():
        detail = _apart(views, tolerance_s)
        if detail:
            found.append(Finding("out of sync", views[0].subject, views[0].task, take_id, detail))
    return found


def changes(before: Sequence[ManifestEntry], now: Sequence[ManifestEntry]) -> list[Finding]:
    """How the files differ from those that were indexed: other contents, gone, or new."""
    old = {entry.id: entry for entry in before if entry.status in ("ok", "corrupt")}
    new = {entry.id: entry for entry in now if entry.status != "missing"}
    found = []
    for entry_id, entry in old.items():
        there = new.get(entry_id)
        if there is None:
            found.append(_finding("gone", entry, "was there when the data were indexed"))
        elif entry.sha256 and there.sha256 and entry.sha256 != there.sha256:
            sizes = f"{entry.size_bytes} bytes then, {there.size_bytes} now"
            found.append(_finding("changed", there, f"has other contents than when it was indexed ({sizes})"))
    known = {entry.id for entry in before}
    for entry_id, entry in new.items():
        if entry_id not in old and (entry_id not in known or entry.status in ("ok", "corrupt")):
            found.append(_finding("new", entry, "was not there when the data were indexed; index again"))
    return found


def _apart(views: list[ManifestEntry], tolerance_s: float) -> str:
    rates = {entry.fps for entry in views}
    if len(rates) > 1:
        return "its views run at different rates: " + ", ".join(f"{e.view} at {e.fps}" for e in views)
    starts = {entry.view: entry.first_pts_s or 0.0 for entry in views}
    lengths = {entry.view: entry.length_s or 0.0 for entry in views}
    if _spread(starts) > tolerance_s:
        return f"its views begin {_spread(starts):.2f} s apart: {_each(starts)}"
    if _spread(lengths) > tolerance_s:
        return f"the lengths of its views differ by {_spread(lengths):.2f} s: {_each(lengths)}"
    return ""


def _spread(times_s: Mapping[str, float]) -> float:
    return max(times_s.values()) - min(times_s.values())


def _each(times_s: Mapping[str, float]) -> str:
    return ", ".join(f"{view} {time_s:.2f} s" for view, time_s in times_s.items())


def _finding(fault: Fault, entry: ManifestEntry, detail: str) -> Finding:
    return Finding(fault, entry.subject, entry.task, entry.id, detail)
