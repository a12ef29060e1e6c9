"""Comparing the cameras of each take by what they recorded: sound, or motion where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from feed_dataset.cameras.audit import RELIABLE, SyncAudit, audit_sync
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.executor import Failed, cpu_workers, no_tools
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from feed_dataset.manifest.findings import SYNC_TOLERANCE_S, Finding
from feed_dataset.manifest.manifest import Manifest
from feed_dataset.manifest.verify import Verification, in_order

_REFERENCE = "C"
_MEMORY_BYTES = 3 << 30  # for one take, beyond what the libraries take
_LIMIT_S = 1800.0  # the motion of a minute of three 4K videos, on a slow machine


@dataclass(frozen=True)
class Views:
    """The files of a take."""

    take_id: str
    subject: str
    task: str
    paths: Mapping[str, Path]  # by view; two at least

    @property
    def reference(self) -> str:
        return _REFERENCE if _REFERENCE in self.paths else next(iter(self.paths))

    def run(self, tools: None) -> SyncAudit | str:
        """The audit, or why there is none."""
        try:
            return audit_sync(self.paths, self.reference)
        except FeedError as error:
            return str(error)
        except Exception as error:  # not foreseen: it is this take's reason, and the others are compared
            return f"reading it: {type(error).__name__}: {error}"


def takes_of(manifest: Manifest) -> tuple[Views, ...]:
    """The takes with two good views or more."""
    takes: dict[str, Views] = {}
    for entry in manifest.entries:
        if entry.status == "ok" and entry.kind == "video" and entry.view:
            take = takes.setdefault(entry.take_id, Views(entry.take_id, entry.subject, entry.task, {}))
            paths = {**take.paths, entry.view: manifest.root / entry.path}
            takes[entry.take_id] = replace(take, paths=paths)
    return tuple(take for take in takes.values() if len(take.paths) > 1)


def with_audit(
    found: Verification,
    tolerance_s: float = SYNC_TOLERANCE_S,
    workers: int | None = None,
    on_take: Callable[[str, str], object] | None = None,  # take id, what came out
) -> tuple[Verification, tuple[str, ...]]:
    """Add the takes whose cameras recorded the same moments at different times.

    Returns:
        The findings with those, and a line for every take of which nothing reliable can be said.
    """
    findings = list(found.findings)
    unknown: list[str] = []
    takes = takes_of(found.manifest)
    many = workers or cpu_workers()
    with ProcessExecutor(many, no_tools, limit_s=_LIMIT_S, memory_bytes=_MEMORY_BYTES) as executor:
        for index, answer in executor.each(takes):
            take = takes[index]
            if isinstance(answer, SyncAudit):
                detail, unsure = _judge(answer, tolerance_s)
            else:
                detail, unsure = "", f"reading it: {answer.reason}" if isinstance(answer, Failed) else answer
            if detail:
                findings.append(Finding("out of sync", take.subject, take.task, take.take_id, detail))
            if unsure:
                unknown.append(f"{take.take_id}: {unsure}")
            if on_take is not None:
                on_take(take.take_id, detail or unsure or "in sync")
    return replace(found, findings=in_order(findings)), tuple(sorted(unknown))


def _judge(audit: SyncAudit, tolerance_s: float) -> tuple[str, str]:
    """What is out of sync, and what cannot be told."""
    late = {view: -offset for view, offset in audit.offsets_s.items() if abs(offset) > tolerance_s}
    unsure = [f"{view} ({audit.confidence[view]:.2f})" for view in audit.offsets_s if not audit.is_reliable(view)]
    apart = ", ".join(f"{view} is {abs(s):.2f} s {'late' if s > 0 else 'early'}" for view, s in late.items())
    detail = f"by its {audit.method}, against {audit.reference}: {apart}" if late else ""
    doubt = f"its {audit.method} does not tell the offset of {', '.join(unsure)}; expected {RELIABLE}" if unsure else ""
    return detail, doubt
