"""From what `--data` says to the data that a protocol reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.protocols.corpora import Corpora, open_corpora
from benchmark.protocols.protocol import Protocol, wanted_data
from benchmark.results.errors import BenchmarkError
from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.core.jobs.suggestions import unknown
from feed_dataset.corpora import CORPORA

if TYPE_CHECKING:
    from feed_dataset.catalog.catalog import Catalog

_ONE = "feed"  # what a directory without a name is


def directories(texts: Sequence[str | Path]) -> dict[str, Path]:
    """By corpus its directory, from "DIR" (FEED) and "NAME=DIR".

    Raises:
        BenchmarkError: a corpus that nobody knows, or one that is named twice.
    """
    found: dict[str, Path] = {}
    for text in map(str, texts):
        name, has_name, place = text.partition("=")
        if has_name and name.lower() not in CORPORA and not Path(text).exists():
            raise BenchmarkError(f"--data {text}: {unknown('corpus', name, CORPORA)}")
        corpus, place = (name.lower(), place) if has_name and name.lower() in CORPORA else (_ONE, text)
        if corpus in found:
            raise BenchmarkError(f"expected one --data of {corpus} but got {found[corpus]} and {place}")
        found[corpus] = Path(place).expanduser()
    return found


def open_data(protocol: Protocol, given: Mapping[str, Path]) -> Catalog | Corpora:
    """The data of a protocol.

    Args:
        given: by corpus its directory; nothing for a protocol whose data comes with the package.

    Raises:
        BenchmarkError: a corpus that the protocol reads is not given, or one that it does not read.
        FeedError: a directory without what it should hold.
    """
    wanted = protocol.corpora
    if set(wanted) != set(given):
        places = [f"{'' if name == _ONE else f'{name}='}{place}" for name, place in sorted(given.items())]
        got = " ".join(f"--data {place}" for place in places) or "none"
        raise BenchmarkError(f"expected {wanted_data(wanted) or 'no --data'} with {protocol.name} but got {got}")
    if protocol.data == "corpora":
        return open_corpora({name: given[name] for name in wanted})
    return open_catalog(protocol.root if protocol.root is not None else given[_ONE])
