"""Which files are prepared, and under which names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.jobs.files import Walk, walk
from feed_dataset.core.media.suffixes import IMAGE_SUFFIXES, VIDEO_SUFFIXES, why_unread
from feed_dataset.layout import withdrawn


class SourceError(FeedError):
    """There is nothing to prepare, or two files would be written to one place."""


@dataclass(frozen=True)
class Source:
    """One file to prepare."""

    path: Path
    id: str  # path below the given folder without extension, with "/": where the crop goes
    is_image: bool
    root: Path  # the folder that it was found in
    refused: str | None = None  # why it must not be used although it is there


def find_sources(paths: Iterable[Path], *, leave_out: Path | None = None, corpus: str | None = None) -> list[Source]:
    """The videos and images among `paths` (files, and folders with all below them), in order of id.

    Args:
        leave_out: a folder that is not searched, such as the output.
        corpus: only files of this corpus; None takes every video and image. Files of people who withdrew their
            consent are refused either way.

    Raises:
        SourceError: a path does not exist, nothing is found, or two files have one id.
        UnknownCorpus: no such corpus.
        WithdrawnListError: the list of people who withdrew cannot be read.
    """
    from feed_dataset.corpora import load_corpus

    wanted = load_corpus(corpus) if corpus else None
    feed = load_corpus("feed")
    found: dict[str, Source] = {}
    left_out: dict[str, Source] = {}
    for given in paths:
        root = given if given.is_dir() else given.parent
        listed = withdrawn.added(root)
        listing = _files(given, leave_out)
        why_not = dict(listing.refused)
        for path in sorted((*listing.files, *why_not)):
            suffix = path.suffix.lower()
            if path.name.startswith("."):
                continue
            relative = path.relative_to(root)
            if suffix not in VIDEO_SUFFIXES and suffix not in IMAGE_SUFFIXES:
                unread = why_unread(path, (*VIDEO_SUFFIXES, *IMAGE_SUFFIXES)) if wanted is None else None
                if unread:  # its name keeps the suffix: beside a.gif there may be an a.mp4
                    left_out[relative.as_posix()] = Source(path, relative.as_posix(), False, root, unread)
                continue
            refused = why_not.get(path)
            for known in (feed, wanted):
                if known is None or not known.accepts(path):
                    continue
                named = known.parse(relative, root.resolve().name)
                if not isinstance(named, str):
                    refused = refused or known.refused(named) or withdrawn.reason_of(named.subject, listed)
            if wanted is not None and not _belongs(wanted, path, relative, root):
                continue
            source = Source(path, relative.with_suffix("").as_posix(), suffix in IMAGE_SUFFIXES, root, refused)
            other = found.setdefault(source.id, source)
            if other is not source:
                raise SourceError(f"expected one file for {source.id} but got {other.path} and {path}; prepare one")
    if not found:
        what = f"videos or images of {corpus}" if corpus else "videos or images"
        others = f" ({next(iter(left_out.values())).refused})" if left_out else ""
        raise SourceError(f"expected {what} but found none in {', '.join(str(path) for path in paths)}{others}")
    found |= left_out
    return [found[name] for name in sorted(found)]


def _belongs(corpus: object, path: Path, relative: PurePath, root: Path) -> bool:
    from feed_dataset.corpora import Corpus

    assert isinstance(corpus, Corpus)
    return corpus.accepts(path) and not isinstance(corpus.parse(relative, root.resolve().name), str)


def _files(given: Path, leave_out: Path | None) -> Walk:
    """A file by itself, or what lies below a folder."""
    if leave_out is not None and given.resolve().is_relative_to(leave_out.resolve()):
        raise SourceError(f"expected an output folder apart from the sources but {given} is in {leave_out}")
    if given.is_dir():
        return walk(given, leave_out=leave_out)
    if not given.exists():
        raise SourceError(f"expected a file or folder but {given} does not exist")
    if not given.is_file():
        raise SourceError(f"expected a file or folder but {given} is no regular file")
    return Walk((given,), ())
