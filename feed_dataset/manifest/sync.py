"""Comparing the cameras of each take by what they recorded: sound, or motion where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from feed_dataset.cameras.audit import RELIABLE, SyncAudit, audit_sync
from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.core.jobs.executor import Failed, cpu_workers, no_tools
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from feed_dataset.manifest.entry import ManifestEntry
from feed_dataset.manifest.findings import Finding
from feed_dataset.manifest.manifest import Manifest
from feed_dataset.manifest.verify import Verification, in_order

_REFERENCE = "C"
_MEMORY_BYTES = 3 << 30  # for one take, beyond what the libraries take
_FPS = Fraction(25)  # of a file that does not say
_LIMIT_S = 1800.0  # the motion of a minute of three 4K videos, on a slow machine


@dataclass(frozen=True)
class Views:
    """The files of a take."""

    take_id: str
    subject: str
    task: str
    paths: Mapping[str, Path]  # by view; two at least
    half_frames_s: Mapping[str, float]  # by view: further apart, reading takes another frame
    length_s: float

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
            return f"reading it: {type(error).__name__}: {words_of(error)}"


def takes_of(manifest: Manifest) -> tuple[Views, ...]:
    """The takes with two good views or more."""
    takes: dict[str, list[ManifestEntry]] = {}
    for entry in manifest.entries:
        if entry.status == "ok" and entry.kind == "video" and entry.view:
            takes.setdefault(entry.take_id, []).append(entry)
    return tuple(
        Views(
            take_id,
            views[0].subject,
            views[0].task,
            {entry.view: manifest.root / entry.path for entry in views},
            {entry.view: float(1 / (2 * (entry.fps or _FPS))) for entry in views},
            max(entry.length_s or 0.0 for entry in views),
        )
        for take_id, views in takes.items()
        if len(views) > 1
    )


def with_audit(
    found: Verification,
    tolerance_s: float | None = None,
    workers: int | None = None,
    on_take: Callable[[str, str], object] | None = None,  # take id, what came out
) -> tuple[Verification, tuple[str, ...]]:
    """Add the takes whose cameras recorded the same moments at different times.

    Args:
        tolerance_s: between views; None is that of reading, half a frame of the view.

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
                detail, unsure = _judge(answer, take, tolerance_s)
            else:
                detail, unsure = "", f"reading it: {answer.reason}" if isinstance(answer, Failed) else answer
            if detail:
                findings.append(Finding("out of sync", take.subject, take.task, take.take_id, detail))
            if unsure:
                unknown.append(f"{take.take_id}: {unsure}")
            if on_take is not None:
                on_take(take.take_id, detail or unsure or "in sync")
    return replace(found, findings=in_order(findings)), tuple(sorted(unknown))


def _judge(audit: SyncAudit, take: Views, tolerance_s: float | None) -> tuple[str, str]:
    """What is out of sync, and what cannot be told."""
    late = {view: audit.late_s(view, take.length_s) for view in audit.offsets_s}
    most = {view: take.half_frames_s[view] if tolerance_s is None else tolerance_s for view in late}
    unsure = [f"{view} ({audit.confidence[view]:.2f})" for view in late if not audit.is_reliable(view)]
    apart = ", ".join(
        f"{view} is {abs(s):.2f} s {'late' if s > 0 else 'early'}{_drift(audit, view)}"
        for view, s in late.items()
        if abs(s) > most[view]
    )
    detail = f"by its {audit.method}, against {audit.reference}: {apart}" if apart else ""
    doubt = f"its {audit.method} does not tell the offset of {', '.join(unsure)}; expected {RELIABLE}" if unsure else ""
    return detail, doubt


def _drift(audit: SyncAudit, view: str) -> str:
    ppm = audit.drifts_ppm[view]
    return f" and drifts by {ppm:+.0f} ppm" if round(ppm) else ""
