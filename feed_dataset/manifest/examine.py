"""Reading one file of a data directory: what a worker process does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from feed_dataset.core.jobs.errors import FeedError, words_of
from feed_dataset.corpora.base import Kind
from feed_dataset.manifest.entry import MediaFacts


@dataclass(frozen=True)
class Task:
    """A file to read."""

    id: str
    path: Path
    kind: Kind
    known_sha256: str = ""  # of a file found good before: with the same contents it is not inspected again
    decode: bool = False  # also decode everything in it

    def run(self, tools: None) -> Outcome:
        """See `examine`. What it does not foresee is one file's reason, too: an index of days goes on."""
        try:
            return examine(self)
        except Exception as error:
            return Outcome(reason=f"reading it: {type(error).__name__}: {words_of(error)}")


@dataclass(frozen=True)
class Outcome:
    """What was found."""

    reason: str = ""  # what is wrong with the file; "" when nothing is
    size_bytes: int = 0
    mtime_ns: int = 0
    sha256: str = ""
    facts: MediaFacts | None = None  # None for a bad file, and where the contents are the known ones


def examine(task: Task) -> Outcome:
    """Hash a file and look into it. Every fault of the file becomes a reason; this raises nothing for one.

    The hash reads the file from end to end, and what looks into it afterwards finds it in the page cache.
    """
    found = Outcome()
    try:
        before = task.path.stat()
        found = replace(found, size_bytes=before.st_size, mtime_ns=before.st_mtime_ns)
        with task.path.open("rb") as stream:
            found = replace(found, sha256=hashlib.file_digest(stream, "sha256").hexdigest())
        is_known = found.sha256 == task.known_sha256
        facts = None if is_known and not task.decode else _inspect(task)
        after = task.path.stat()
    except MemoryError:
        return replace(found, reason="reading it takes more memory than a worker may use")
    except OSError as error:
        return replace(found, reason=f"it cannot be read ({words_of(error)})")
    except FeedError as error:
        return replace(found, reason=str(error).replace(str(task.path), task.path.name))
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return replace(found, reason="it changed while it was read; index again")
    return replace(found, facts=None if is_known else facts)


def _inspect(task: Task) -> MediaFacts:
    from feed_dataset.manifest.inspect import decode_video, inspect_audio, inspect_image, inspect_video

    if task.kind == "audio":
        return inspect_audio(task.path)
    if task.kind == "image":
        facts = inspect_image(task.path)
        if task.decode:
            from feed_dataset.core.media.images import read_image

            read_image(task.path)
        return facts
    facts = inspect_video(task.path)
    if task.decode:
        decode_video(task.path, facts.frame_count)
    return facts
