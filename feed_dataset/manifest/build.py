"""Making the manifest of a data directory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.jobs.executor import Failed, cpu_workers, no_tools
from feed_dataset.core.jobs.process_executor import ProcessExecutor
from feed_dataset.corpora import load_corpus
from feed_dataset.corpora.base import CorpusFile
from feed_dataset.manifest.entry import ManifestEntry, ManifestError, MediaFacts
from feed_dataset.manifest.examine import Outcome, Task
from feed_dataset.manifest.journal import Journal
from feed_dataset.manifest.manifest import Manifest
from feed_dataset.manifest.place import find_manifest, manifest_path
from feed_dataset.manifest.scan import Named, Scan, natural, scan_corpus

_LEAST_LIMIT_S = 60.0
_MEMORY_BYTES = 3 << 30  # for one file, beyond what the libraries take
_SLOWEST_BYTES_PER_S = 2e6  # a network drive on a bad day
_DECODE_BYTES_PER_S = 2e5  # 4K video of 15 Mbit/s at a tenth of real time


@dataclass(frozen=True)
class FileDone:
    """One file is finished, as `on_file` hears it."""

    entry: ManifestEntry
    was_read: bool  # False: unchanged since it was last read
    total: int  # files that will be finished in the end


OnFile = Callable[[FileDone], None]


def index_directory(
    root: Path | str, corpus: str = "feed", workers: int | None = None, on_file: OnFile | None = None
) -> Manifest:
    """Bring the manifest of `root` up to date and save it at `manifest_path(root)`.

    Files whose size and modification time are those of the last run are not read again, nor after a run that was
    killed those that it had finished. Raises LayoutError, UnknownCorpus, and ManifestError when another process is
    at it.
    """
    root = directory(root)
    path = manifest_path(root, corpus)
    with Journal(path, corpus) as journal:
        known = [*_known(root, corpus), *journal.entries()]

        def keep(done: FileDone) -> None:
            if done.was_read:
                journal.append(done.entry)
            if on_file is not None:
                on_file(done)

        manifest = build_manifest(root, corpus, workers, keep, known=known)
        manifest.save(path)
    return manifest


def build_manifest(
    root: Path | str,
    corpus: str = "feed",
    workers: int | None = None,
    on_file: OnFile | None = None,
    *,
    known: Iterable[ManifestEntry] = (),  # of earlier runs, the later ones last
    reread: bool = False,
    decode: bool = False,
) -> Manifest:
    """Read every file of a data directory in `workers` processes. Writes nothing.

    Of the `known` entries those of good files that did not change are taken over. Damaged files are read again: a
    fault such as missing rights goes away without a trace in size and time. Raises LayoutError.

    Args:
        reread: trust no size and time: hash every file again.
        decode: also decode every frame, which finds damage inside frames. Implies reading every file.
    """
    root = directory(root)
    rules = load_corpus(corpus)
    scan = scan_corpus(root, rules)
    if not (scan.usable or scan.refused or scan.withdrawn):
        first = next((f", the first: {path.relative_to(root)}: {why}" for path, why in scan.strangers), "")
        found = f"none ({len(scan.strangers)} others{first})"
        raise LayoutError(f"expected files {rules.pattern} below {root} but found {found}")
    fresh = {entry.path: entry for entry in known if entry.status == "ok"}
    entries = list(unread_entries(scan))
    tasks: dict[str, Named] = {}
    total = len(scan.usable)
    for named in scan.usable:
        blank = blank_entry(named, root)
        old = fresh.get(blank.path)
        if old is not None and not reread and not decode and old.describes(named.path):
            entries.append(replace(old, **_names(blank)))  # the names by today's rules
            if on_file is not None:
                on_file(FileDone(entries[-1], False, total))
        else:
            tasks[named.file.id] = named
    jobs = []
    for named in tasks.values():
        old = fresh.get(named.path.relative_to(root).as_posix())
        jobs.append(Task(named.file.id, named.path, named.file.kind, old.sha256 if old else "", decode))
    for task, outcome in examine_all(jobs, workers):
        blank = blank_entry(tasks[task.id], root)
        is_same = not outcome.reason and outcome.facts is None
        entries.append(with_outcome(replace(fresh[blank.path], **_names(blank)) if is_same else blank, outcome))
        if on_file is not None:
            on_file(FileDone(entries[-1], True, total))
    there = {named.file.id: named.file for named in (*scan.usable, *scan.refused)}
    entries += [_missing(file) for file in rules.expected(there) if file.id not in there]
    entries.sort(key=lambda entry: (natural(entry.id), entry.path))
    strangers = tuple((path.relative_to(root).as_posix(), reason) for path, reason in scan.strangers)
    return Manifest(corpus, root, tuple(entries), strangers, reader=_reader())


def examine_all(tasks: list[Task], workers: int | None) -> Iterable[tuple[Task, Outcome]]:
    """Examine files in worker processes; a file that ends or blocks its worker is a bad file."""
    many = workers or cpu_workers()
    with ProcessExecutor(many, no_tools, limit_s=_limit_s, memory_bytes=_MEMORY_BYTES) as executor:
        for index, found in executor.each(tasks):
            yield tasks[index], Outcome(reason=f"reading it: {found.reason}") if isinstance(found, Failed) else found


def directory(root: Path | str) -> Path:
    """The real path of an existing directory. Raises LayoutError."""
    path = Path(root).expanduser().resolve()
    if not path.is_dir():
        what = "is a file" if path.exists() else "does not exist"
        raise LayoutError(f"expected a directory with a corpus but {path} {what}")
    return path


def unread_entries(scan: Scan) -> Iterable[ManifestEntry]:
    """Entries of files that must not be opened: only their names are known."""
    for named in scan.withdrawn:
        yield replace(blank_entry(named, scan.root), status="withdrawn", reason=named.reason)
    for named in scan.refused:
        yield replace(blank_entry(named, scan.root), status="corrupt", reason=named.reason)


def with_outcome(blank: ManifestEntry, outcome: Outcome) -> ManifestEntry:
    """An entry with what was found in its file."""
    facts: dict[str, Any] = {} if outcome.facts is None else vars(outcome.facts)
    status = "corrupt" if outcome.reason else "ok"
    return replace(
        blank,
        **facts,
        status=status,  # type: ignore[arg-type]
        reason=outcome.reason,
        size_bytes=outcome.size_bytes,
        mtime_ns=outcome.mtime_ns,
        sha256=outcome.sha256,
    )


def blank_entry(named: Named, root: Path) -> ManifestEntry:
    """An entry with a file's names alone."""
    return replace(_missing(named.file), path=named.path.relative_to(root).as_posix(), status="ok", reason="")


def _missing(file: CorpusFile) -> ManifestEntry:
    return ManifestEntry(
        id=file.id,
        subject=file.subject,
        kind=file.kind,
        task=file.task,
        view=file.view,
        fields=dict(file.fields),
        status="missing",
        reason="expected beside the files that are there",
    )


def _names(entry: ManifestEntry) -> dict[str, Any]:
    media = {name.name for name in fields(MediaFacts)} | {"status", "reason", "size_bytes", "mtime_ns", "sha256"}
    return {name: value for name, value in vars(entry).items() if name not in media}


def _known(root: Path, corpus: str) -> tuple[ManifestEntry, ...]:
    """Entries of the last run; none where its manifest is damaged, for it is about to be replaced."""
    path = find_manifest(root, corpus)
    try:
        return () if path is None else Manifest.load(path).entries
    except ManifestError:
        return ()


def _limit_s(task: Task) -> float:
    size = task.path.stat().st_size if task.path.exists() else 0
    return _LEAST_LIMIT_S + size / (_DECODE_BYTES_PER_S if task.decode else _SLOWEST_BYTES_PER_S)


def _reader() -> str:
    from feed_dataset.core.media.containers import reader_name

    return reader_name()
