"""Videos of a corpus that are their own reference: which ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmark.protocols.case import Case, Source, case_id
from benchmark.protocols.corpora import Corpora, value_of
from benchmark.protocols.protocol import Protocol
from benchmark.protocols.ranking import in_turns
from benchmark.results.errors import BenchmarkError
from feed_dataset.corpora.base import CorpusFile

_Named = tuple[CorpusFile, Path]


def sequences(protocol: Protocol, corpora: Corpora) -> list[Case]:
    """The sequences of a protocol, in their order.

    Raises:
        BenchmarkError: the corpus has fewer videos than the protocol takes.
    """
    wanted = protocol.sequences
    assert wanted is not None
    videos = [named for named in corpora.files_of(wanted) if named[0].kind == "video"]
    if len(videos) < wanted.sequences:
        raise BenchmarkError(
            f"expected {wanted.sequences} videos of {wanted.corpus} but {corpora.copies[wanted.corpus].root} has"
            f" {len(videos)} that {protocol.name} accepts"
        )
    keys: list[Callable[[_Named], str]] = [partial(_value, name=name) for name in wanted.spread]
    chosen = in_turns(videos, keys, lambda named: named[0].id, protocol.seed, "sequence")[: wanted.sequences]
    return [_case(wanted.corpus, file, path) for file, path in chosen]


def _case(corpus: str, file: CorpusFile, path: Path) -> Case:
    whose = file.id if file.id.startswith(f"{file.subject}/") else f"{file.subject}/{file.id}"
    return Case(
        id=case_id(whose),
        cluster=file.subject,
        source=Source(f"{file.id}@0", file.subject, path, is_photo=False, corpus=corpus),
        driver_id=file.id,
        driver_path=path,
        has_reference=True,
        corpus=corpus,
    )


def _value(named: _Named, name: str) -> str:
    return value_of(named[0], name)
