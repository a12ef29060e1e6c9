"""From a protocol and a catalog to the exact list of cases. Same protocol, data and seed: same list."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmark.protocols.photos import photo
from benchmark.protocols.protocol import Protocol
from benchmark.results.errors import BenchmarkError

if TYPE_CHECKING:
    from feed_dataset.catalog.catalog import Catalog
    from feed_dataset.catalog.clip import Clip

T = TypeVar("T")
_LATER = ("gives", "asks")


@dataclass(frozen=True)
class Source:
    """What is driven: the first frame of a clip, or a photograph."""

    id: str  # "S07/FF_NR_C@0" or "photo:grace_hopper"
    label: str  # "S07" or "grace_hopper"
    path: Path
    is_photo: bool
    sha256: str | None = None  # of a photograph: another file is an error


@dataclass(frozen=True)
class Case:
    """One thing to generate."""

    id: str
    cluster: str  # the driver's subject: cases of one subject are not independent
    source: Source
    driver_id: str
    driver_path: Path
    has_reference: bool  # the driver's frames are also what should come out

    @property
    def source_cluster(self) -> str:
        """Who is driven: a subject, or a photograph. Cases of one source are not independent either."""
        return self.source.id if self.source.is_photo else self.source.label


@dataclass(frozen=True)
class CaseList:
    """The cases of a protocol on some data; `sha256` covers the protocol's settings and every pairing."""

    cases: tuple[Case, ...]
    sha256: str


def build_cases(protocol: Protocol, catalog: Catalog) -> CaseList:
    """Select drivers, pair sources.

    Raises:
        BenchmarkError: the data has no clip that the protocol's selection accepts.
    """
    drivers = select_drivers(protocol, catalog)
    if protocol.task == "self":
        cases = [_case(driver, _clip_source(driver), has_reference=True) for driver in drivers]
    elif protocol.sources.subjects is not None:
        cases = _balanced_cases(protocol, drivers, _sources(protocol, protocol.sources.subjects, catalog))
    else:
        cases = _cross_cases(protocol, drivers, _candidates(protocol, catalog))
    return CaseList(tuple(cases), _list_sha256(protocol, cases))


def select_drivers(protocol: Protocol, catalog: Catalog) -> list[Clip]:
    """The driver clips: subjects take turns, and each prefers the stem used least so far."""
    pool = _candidates(protocol, catalog)
    if not pool:
        wanted = protocol.drivers
        raise BenchmarkError(
            f"expected clips of camera {wanted.camera} with stems {', '.join(wanted.stems)} for protocol"
            f" {protocol.name!r} but {catalog.root} has none among its {len(catalog.clips)} clips"
        )
    seed = protocol.seed
    subjects = _ranked(sorted({clip.subject for clip in pool}), seed, "subject")
    remaining = {s: [clip for clip in pool if clip.subject == s] for s in subjects}
    used = dict.fromkeys(protocol.drivers.stems, 0)
    chosen: list[Clip] = []
    while len(chosen) < protocol.drivers.cases and any(remaining.values()):
        for subject in subjects:
            if not remaining[subject] or len(chosen) == protocol.drivers.cases:
                continue
            best = min(remaining[subject], key=lambda clip: (used[clip.stem], _rank(clip.id, seed, "driver")))
            remaining[subject].remove(best)
            used[best.stem] += 1
            chosen.append(best)
    return chosen


def _cross_cases(protocol: Protocol, drivers: Sequence[Clip], pool: Sequence[Clip]) -> list[Case]:
    photos = [_photo_source(name) for name in protocol.sources.photos]
    first_clips = {clip.subject: clip for clip in reversed(pool)}  # a subject's neutral: its first clip's frame 0
    used = dict.fromkeys(first_clips, 0)
    cases = []
    for driver in drivers:
        others = [subject for subject in first_clips if subject != driver.subject]
        if not others:
            continue  # one subject alone: only photographs can be driven
        subject = min(others, key=lambda s: (used[s], _rank(f"{driver.id}<-{s}", protocol.seed, "source")))
        used[subject] += 1
        cases.append(_case(driver, _clip_source(first_clips[subject]), has_reference=False))
    for index in range(min(protocol.sources.photo_cases, len(drivers) * len(photos))):
        driver = drivers[index % len(drivers)]
        cases.append(_case(driver, photos[index // len(drivers)], has_reference=False))
    if not cases:
        raise BenchmarkError(
            f"expected at least two subjects for protocol {protocol.name!r} but the data has only {drivers[0].subject}"
        )
    return cases


def _balanced_cases(protocol: Protocol, drivers: Sequence[Clip], sources: Sequence[Source]) -> list[Case]:
    """Each driver clip once; sources take turns, none comes twice to one driver, and each meets every task early."""
    used = dict.fromkeys(sources, 0)
    of_stem: dict[tuple[Source, str], int] = {}
    met: set[tuple[Source, str]] = set()
    cases = []
    for driver in drivers:
        new = [one for one in sources if one.label != driver.subject and (one, driver.subject) not in met]
        if not new:
            raise BenchmarkError(
                f"expected at least as many sources as clips of {driver.subject} for protocol {protocol.name!r} but got"
                f" {len(sources)}"
            )
        source = min(
            new,
            key=lambda one: (
                used[one],
                of_stem.get((one, driver.stem), 0),
                _rank(f"{driver.id}<-{one.label}", protocol.seed, "source"),
            ),
        )
        used[source] += 1
        of_stem[source, driver.stem] = of_stem.get((source, driver.stem), 0) + 1
        met.add((source, driver.subject))
        cases.append(_case(driver, source, has_reference=False))
    return cases


def _sources(protocol: Protocol, subjects: Sequence[str], catalog: Catalog) -> list[Source]:
    """The first frames of these people's first clips, then the photographs."""
    clips = {clip.subject: clip for clip in reversed(catalog.clips) if clip.camera == protocol.drivers.camera}
    lacking = [subject for subject in subjects if subject not in clips]
    if lacking:
        raise BenchmarkError(
            f"expected clips of camera {protocol.drivers.camera} of {', '.join(lacking)} for protocol"
            f" {protocol.name!r} but {catalog.root} has none"
        )
    people = [_clip_source(clips[subject]) for subject in subjects]
    return [*people, *(_photo_source(name) for name in protocol.sources.photos)]


def _candidates(protocol: Protocol, catalog: Catalog) -> list[Clip]:
    wanted = protocol.drivers
    accepted = (
        clip
        for clip in catalog.clips
        if clip.camera == wanted.camera
        and clip.stem in wanted.stems
        and (wanted.subjects is None or clip.subject in wanted.subjects)
    )
    return sorted(accepted, key=lambda clip: clip.id)


def _case(driver: Clip, source: Source, *, has_reference: bool) -> Case:
    name = driver.id if has_reference else f"{driver.id}--{source.label}"
    return Case(
        id=re.sub(r"[^A-Za-z0-9_.-]", "_", name.replace("/", "-")),
        cluster=driver.subject,
        source=source,
        driver_id=driver.id,
        driver_path=driver.path,
        has_reference=has_reference,
    )


def _clip_source(clip: Clip) -> Source:
    return Source(f"{clip.id}@0", clip.subject, clip.path, is_photo=False)


def _photo_source(name: str) -> Source:
    found = photo(name)
    return Source(f"photo:{name}", name, found.path(), is_photo=True, sha256=found.sha256)


def _ranked(items: Iterable[str], seed: int, purpose: str) -> list[str]:
    return sorted(items, key=lambda item: _rank(item, seed, purpose))


def _rank(item: str, seed: int, purpose: str) -> str:
    # A hash rather than a random generator: the order of one item does not depend on which others exist.
    return hashlib.sha256(f"{seed}/{purpose}/{item}".encode()).hexdigest()


def _list_sha256(protocol: Protocol, cases: Sequence[Case]) -> str:
    # Fields that came later enter only where they are used: a list keeps its hash when protocols can say more.
    later = {name for name in _LATER if getattr(protocol, name) == type(protocol).model_fields[name].default}
    settings = protocol.model_dump(mode="json", exclude={"summary", *later})
    if protocol.sources.subjects is None:
        del settings["sources"]["subjects"]
    content = {
        "protocol": settings,
        "cases": [[c.id, c.cluster, c.driver_id, c.source.id, c.source.sha256, c.has_reference] for c in cases],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
