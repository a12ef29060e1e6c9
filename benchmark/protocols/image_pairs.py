"""Pictures that drive pictures: which of two corpora, and which with which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmark.protocols.case import Case, Source, case_id
from benchmark.protocols.corpora import Corpora, value_of
from benchmark.protocols.protocol import Protocol
from benchmark.protocols.ranking import in_turns, rank, share
from benchmark.protocols.selection import ImagePool
from benchmark.results.errors import BenchmarkError
from feed_dataset.corpora.base import CorpusFile


@dataclass(frozen=True)
class Picture:
    """One picture of a pool: a file, or a frame of one.

    Args:
        name: unlike every other's of its corpus: "00012", "ID_12/random_C@3".
        at: of a frame, its place in the video from 0 to 1.
    """

    name: str
    file: CorpusFile
    path: Path
    at: float | None = None


def image_pairs(protocol: Protocol, corpora: Corpora) -> list[Case]:
    """Every source with its drivers: the first driver of each source, then the second of each, and so on.

    Raises:
        BenchmarkError: a corpus has fewer pictures than the protocol takes.
    """
    assert protocol.pairs is not None
    pairs, seed = protocol.pairs, protocol.seed
    sources = choose_pictures(pairs.sources, corpora, seed, "source")
    drivers = choose_pictures(pairs.drivers, corpora, seed, "driver")
    partners = _balanced([one.name for one in sources], [one.name for one in drivers], pairs.drivers_per_source, seed)
    by_name = {driver.name: driver for driver in drivers}
    return [
        _case(protocol, by_name[partners[source.name][turn]], source)
        for turn in range(pairs.drivers_per_source)
        for source in sources
    ]


def choose_pictures(pool: ImagePool, corpora: Corpora, seed: int, purpose: str) -> list[Picture]:
    """The pictures of a pool, in their order. Raises BenchmarkError where there are too few."""
    files = corpora.files_of(pool)
    pictures = [one for file, path in files for one in _pictures(pool, file, path, len(files), seed)]
    if len(pictures) < pool.images:
        where = corpora.copies[pool.corpus].root
        raise BenchmarkError(
            f"expected {pool.images} pictures of {pool.corpus} ({_described(pool)}) but {where} has {len(pictures)}"
        )
    keys: list[Callable[[Picture], str]] = [partial(_value, name=name) for name in pool.spread]
    return in_turns(pictures, keys, lambda one: one.name, seed, purpose)[: pool.images]


def _pictures(pool: ImagePool, file: CorpusFile, path: Path, files: int, seed: int) -> list[Picture]:
    if pool.at is None:
        return [Picture(file.id, file, path)] if file.kind == "image" else []
    if file.kind != "video":
        return []
    if pool.at == "middle":
        return [Picture(file.id, file, path, 0.5)]
    parts = -(-pool.images // files)
    places = [(part + share(f"{file.id}@{part}", seed, "place")) / parts for part in range(parts)]
    return [Picture(f"{file.id}@{part}", file, path, place) for part, place in enumerate(places)]


def _balanced(sources: list[str], drivers: list[str], each: int, seed: int) -> dict[str, list[str]]:
    """By source its drivers: always those that were used least, by seed among equals."""
    used = dict.fromkeys(drivers, 0)
    partners = {}
    for source in sources:
        order = sorted(drivers, key=lambda one: (used[one], rank(f"{source}<-{one}", seed, "pair")))
        partners[source] = order[:each]
        for one in order[:each]:
            used[one] += 1
    return partners


def _case(protocol: Protocol, driver: Picture, source: Picture) -> Case:
    assert protocol.pairs is not None
    subject = driver.file.subject
    whose = driver.name if driver.name.startswith(f"{subject}/") else f"{subject}/{driver.name}"
    return Case(
        id=case_id(whose, source.file.subject),
        cluster=subject,
        source=Source(
            id=f"{protocol.pairs.sources.corpus}/{source.name}",
            label=source.file.subject,
            path=source.path,
            is_photo=source.at is None,
            at=source.at,
            corpus=protocol.pairs.sources.corpus,
        ),
        driver_id=driver.name,
        driver_path=driver.path,
        has_reference=False,
        driver_kind="photo" if driver.at is None else "frame",
        driver_at=driver.at,
        corpus=protocol.pairs.drivers.corpus,
    )


def _value(picture: Picture, name: str) -> str:
    return value_of(picture.file, name)


def _described(pool: ImagePool) -> str:
    parts = [f"{name} {' or '.join(values)}" for name, values in pool.where.items()]
    parts += [f"{name} not {' nor '.join(values)}" for name, values in pool.without.items()]
    parts += ["one adult by the public labels"] if pool.people else []
    parts += ["pictures" if pool.at is None else f"{pool.at} of videos"]
    return ", ".join(parts)
