"""The user's copies of corpora, as far as names and public labels say it: no picture is opened here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmark.protocols.case import Case
from benchmark.protocols.selection import ImagePool, Sequences
from benchmark.results.errors import BenchmarkError
from feed_dataset.core.jobs.errors import LayoutError
from feed_dataset.corpora import load_corpus
from feed_dataset.corpora.base import CorpusFile
from feed_dataset.corpora.ffhq_labels import FfhqLabels, merge, read_aging_labels, read_features, select_sources
from feed_dataset.manifest.scan import scan_corpus

AGING_FILE = "ffhq_aging_labels.csv"
FEATURES_FOLDER = "json"
_SAMPLE_BYTES = 65_536
_FFHQ_SIZES = ("images1024x1024", "")
"""Kinds of FFHQ in the order of preference; other sizes come after these, by name."""


@dataclass(frozen=True)
class CorpusCopy:
    """One corpus as somebody has it.

    Args:
        files: each with its path, in order of ids.
        adults: of FFHQ, numbers of the images that show one adult; None where no labels are there.
        problems: files that are not of the corpus, and why.
    """

    name: str
    root: Path
    files: tuple[tuple[CorpusFile, Path], ...]
    adults: frozenset[str] | None = None
    problems: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True)
class Corpora:
    """Copies by name, in the order of the protocol."""

    copies: Mapping[str, CorpusCopy] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What results call the data."""
        return "+".join(self.copies)

    @property
    def root(self) -> str:
        """Where they lie."""
        return ", ".join(f"{name}={copy.root}" for name, copy in self.copies.items())

    @property
    def problems(self) -> tuple[tuple[Path, str], ...]:
        """Files that are not of their corpus, and why."""
        return tuple(problem for copy in self.copies.values() for problem in copy.problems)

    def files_of(self, pool: ImagePool | Sequences) -> list[tuple[CorpusFile, Path]]:
        """The files of a pool's corpus that it accepts.

        Raises:
            BenchmarkError: no copy of the corpus, a field that its files do not have, or no labels to filter by.
        """
        copy = self.copies.get(pool.corpus)
        if copy is None:
            raise BenchmarkError(f"expected --data {pool.corpus}=DIR but got {self.name or 'nothing'}")
        adults_only = isinstance(pool, ImagePool) and pool.people is not None
        if adults_only and copy.adults is None:
            raise BenchmarkError(
                f"expected FFHQ's public labels in {copy.root}, the folder {FEATURES_FOLDER} and also {AGING_FILE}, but"
                f" found neither; {load_corpus('ffhq').how_to_get}"
            )
        return [
            (file, path)
            for file, path in copy.files
            if all(value_of(file, name) in values for name, values in pool.where.items())
            and not any(value_of(file, name) in values for name, values in pool.without.items())
            and (not adults_only or file.subject in (copy.adults or ()))
        ]


def open_corpora(roots: Mapping[str, Path]) -> Corpora:
    """Read names (and of FFHQ labels) below each corpus's directory.

    Raises:
        LayoutError: no directory, or nothing of the corpus in it.
        FfhqLabelError: labels that are not in their documented format.
    """
    return Corpora({name: open_corpus(name, root) for name, root in roots.items()})


def open_corpus(name: str, root: Path) -> CorpusCopy:
    """One corpus; see `open_corpora`."""
    corpus, root = load_corpus(name), root.expanduser().resolve()
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise LayoutError(f"expected a directory with {corpus.title}, {corpus.pattern}, but {root} {what}")
    scan = scan_corpus(root, corpus)
    files = [(named.file, named.path) for named in scan.usable]
    if not files:
        first = f" ({scan.strangers[0][0].name}: {scan.strangers[0][1]})" if scan.strangers else ""
        raise LayoutError(f"expected files {corpus.pattern} of {name} below {root} but found none{first}")
    problems = (*scan.strangers, *((named.path, named.reason) for named in scan.refused))
    if name != "ffhq":
        return CorpusCopy(name, root, tuple(files), problems=problems)
    return CorpusCopy(name, root, best_of_each(files), _adults(root), problems)


def value_of(file: CorpusFile, name: str) -> str:
    """What a file says of itself under a name. Raises BenchmarkError where its corpus has no such field."""
    common = {"subject": file.subject, "view": file.view, "task": file.task, "kind": file.kind}
    values = {**common, **file.fields}
    if name not in values:
        raise BenchmarkError(f"expected a field among {', '.join(sorted(values))} but the protocol names {name!r}")
    return values[name]


def best_of_each(files: Iterable[tuple[CorpusFile, Path]]) -> tuple[tuple[CorpusFile, Path], ...]:
    """One file for each image of FFHQ, by its number alone, whatever copies there are: the largest aligned one."""
    best: dict[str, tuple[tuple[int, str], CorpusFile, Path]] = {}
    for file, path in files:
        kind = file.fields["kind"]
        place = (_FFHQ_SIZES.index(kind) if kind in _FFHQ_SIZES else len(_FFHQ_SIZES), kind)
        if file.subject not in best or place < best[file.subject][0]:
            best[file.subject] = (place, replace(file, id=file.subject), path)
    return tuple((file, path) for _, (_, file, path) in sorted(best.items()))


def digest_of_files(cases: Sequence[Case]) -> str:
    """Hash of the files that cases read: name in the corpus, size, and 64 KiB of both ends; copies have equal ones.

    Raises OSError.
    """
    total = hashlib.sha256()
    used = {(case.corpus, case.driver_id.partition("@")[0], case.driver_path) for case in cases}
    used |= {(case.source.corpus, case.source.id, case.source.path) for case in cases}
    for corpus, name, path in sorted(used):
        size = path.stat().st_size
        total.update(f"{corpus}/{name}\0{size}\0".encode())
        with path.open("rb") as file:
            total.update(file.read(_SAMPLE_BYTES))
            file.seek(max(size - _SAMPLE_BYTES, 0))
            total.update(file.read(_SAMPLE_BYTES))
    return total.hexdigest()


def _adults(root: Path) -> frozenset[str] | None:
    """Numbers of the images that public labels call one adult; None where there are no labels."""
    aging: Mapping[int, FfhqLabels] = {}
    features: Mapping[int, FfhqLabels] = {}
    if (root / AGING_FILE).is_file():
        aging = read_aging_labels(root / AGING_FILE)
    if (root / FEATURES_FOLDER).is_dir():
        features = read_features(root / FEATURES_FOLDER)
    if not aging and not features:
        return None
    return frozenset(f"{number:05d}" for number in select_sources(merge(aging, features)))
