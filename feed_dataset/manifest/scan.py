"""Which files of a data directory belong to a corpus, judged by names alone: nothing is opened here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.core.jobs.files import walk
from feed_dataset.core.media.suffixes import why_unread
from feed_dataset.corpora.base import Corpus, CorpusFile
from feed_dataset.layout import withdrawn
from feed_dataset.layout.names import subject_key


@dataclass(frozen=True)
class Named:
    """A file and what its name says."""

    file: CorpusFile
    path: Path
    reason: str = ""  # why it must not be read; "" where it may


@dataclass(frozen=True)
class Scan:
    """The files below a directory, sorted by what may be done with them; each part in order of ids."""

    root: Path
    usable: tuple[Named, ...]
    withdrawn: tuple[Named, ...]  # their subjects withdrew
    refused: tuple[Named, ...]  # links out of the directory, pipes, ...
    strangers: tuple[tuple[Path, str], ...]  # not named like this corpus, or folders that cannot be entered


def scan_corpus(root: Path, corpus: Corpus) -> Scan:
    """List the files of `corpus` below `root`.

    Raises LayoutError where two files claim to be the same clip or one subject is spelled in two ways, and
    WithdrawnListError where the directory holds a list of withdrawn subjects that cannot be read.
    """
    listing = walk(root)
    added = withdrawn.added(root)
    usable: dict[str, Named] = {}
    withdrew: list[Named] = []
    refused: list[Named] = []
    strangers: list[tuple[Path, str]] = []
    candidates = [(path, "") for path in listing.files] + list(listing.refused)
    for path, reason in candidates:
        if not corpus.accepts(path):
            unread = why_unread(path, corpus.suffixes)
            if unread:
                strangers.append((path, reason or unread))
            elif reason and not path.suffix:
                strangers.append((path, reason))  # a folder: what would lie in it is not known
            continue
        file = corpus.parse(path.relative_to(root), root.name)
        if isinstance(file, str):
            strangers.append((path, reason or file))
            continue
        why_withdrawn = corpus.refused(file) or withdrawn.reason_of(file.subject, added)
        if why_withdrawn:
            withdrew.append(Named(file, path, why_withdrawn))
        elif reason:
            refused.append(Named(file, path, reason))
        elif file.id in usable:
            _refuse_two_spellings([usable[file.id], Named(file, path)])
            first = usable[file.id].path
            raise LayoutError(f"expected one file for clip {file.id} but got {first} and {path}; remove one")
        else:
            usable[file.id] = Named(file, path)
    _refuse_two_spellings([*usable.values(), *refused])
    return Scan(root, _sorted(usable.values()), _sorted(withdrew), _sorted(refused), tuple(sorted(strangers)))


def natural(name: str) -> list[tuple[int, str]]:
    """A sort key in which numbers count as numbers: ID_2 comes before ID_10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _sorted(files: Iterable[Named]) -> tuple[Named, ...]:
    return tuple(sorted(files, key=lambda named: (natural(named.file.id), str(named.path))))


def _refuse_two_spellings(files: list[Named]) -> None:
    """Two spellings of one subject (`ID_1`, `id_01`) would count as two people, or mix two people."""
    first: dict[str, Named] = {}
    for named in files:
        spelling = named.file.fields.get("folder")
        if spelling is None:
            continue
        other = first.setdefault(subject_key(named.file.subject), named)
        if other.file.fields.get("folder") != spelling:
            raise LayoutError(
                f"expected one folder per subject but got {other.file.fields['folder']!r} ({other.path}) "
                f"and {spelling!r} ({named.path}); rename one"
            )
