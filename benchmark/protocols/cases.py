"""From a protocol and data to the exact list of cases. Same protocol, data and seed: same list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmark.protocols.case import Case, CaseList, Source, case_id, case_list
from benchmark.protocols.corpora import Corpora
from benchmark.protocols.image_pairs import image_pairs
from benchmark.protocols.photos import photo
from benchmark.protocols.protocol import Protocol
from benchmark.protocols.ranking import rank, ranked
from benchmark.protocols.selection import DriverSelection
from benchmark.protocols.sequences import sequences
from benchmark.protocols.views import view_cases
from benchmark.results.errors import BenchmarkError

if TYPE_CHECKING:
    from feed_dataset.catalog.catalog import Catalog
    from feed_dataset.catalog.clip import Clip


def build_cases(protocol: Protocol, data: Catalog | Corpora) -> CaseList:
    """The cases of a protocol.

    Args:
        data: a catalog for protocols on FEED or feed-mini, corpora for the others.

    Raises:
        BenchmarkError: the data is of the other kind, or has not what the protocol selects.
    """
    if isinstance(data, Corpora) != (protocol.data == "corpora"):
        raise BenchmarkError(f"expected {protocol.data_name} for protocol {protocol.name!r} but got {data.name}")
    if not isinstance(data, Corpora):
        return case_list(protocol, _of_clips(protocol, data))
    return case_list(protocol, image_pairs(protocol, data) if protocol.pairs is not None else sequences(protocol, data))


def lacking_drivers(protocol: Protocol, found: CaseList, data_name: str) -> str | None:
    """A line where the data has fewer drivers than the protocol asks for, as with a mistyped stem; else None."""
    drivers = len({case.driver_id for case in found.cases})
    if protocol.drivers is None or drivers >= protocol.drivers.cases:
        return None
    return f"{protocol.name} asks for {protocol.drivers.cases} drivers; {data_name} has {drivers} that fit"


def _of_clips(protocol: Protocol, catalog: Catalog) -> list[Case]:
    if protocol.views is not None:
        return view_cases(protocol, catalog)
    drivers = select_drivers(protocol, catalog)
    if protocol.task == "self":
        return [_case(driver, _clip_source(driver), has_reference=True) for driver in drivers]
    if protocol.sources.subjects is not None:
        return _balanced_cases(protocol, drivers, _sources(protocol, protocol.sources.subjects, catalog))
    return _cross_cases(protocol, drivers, _candidates(protocol, catalog))


def select_drivers(protocol: Protocol, catalog: Catalog) -> list[Clip]:
    """The driver clips: subjects take turns, and each prefers the stem used least so far."""
    pool = _candidates(protocol, catalog)
    if not pool:
        wanted = _selection(protocol)
        raise BenchmarkError(
            f"expected clips of camera {wanted.camera} with stems {', '.join(wanted.stems)} for protocol"
            f" {protocol.name!r} but {catalog.root} has none among its {len(catalog.clips)} clips"
        )
    seed, wanted = protocol.seed, _selection(protocol)
    subjects = ranked(sorted({clip.subject for clip in pool}), seed, "subject")
    remaining = {s: [clip for clip in pool if clip.subject == s] for s in subjects}
    used = dict.fromkeys(wanted.stems, 0)
    chosen: list[Clip] = []
    while len(chosen) < wanted.cases and any(remaining.values()):
        for subject in subjects:
            if not remaining[subject] or len(chosen) == wanted.cases:
                continue
            best = min(remaining[subject], key=lambda clip: (used[clip.stem], rank(clip.id, seed, "driver")))
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
        subject = min(others, key=lambda s: (used[s], rank(f"{driver.id}<-{s}", protocol.seed, "source")))
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
                rank(f"{driver.id}<-{one.label}", protocol.seed, "source"),
            ),
        )
        used[source] += 1
        of_stem[source, driver.stem] = of_stem.get((source, driver.stem), 0) + 1
        met.add((source, driver.subject))
        cases.append(_case(driver, source, has_reference=False))
    return cases


def _sources(protocol: Protocol, subjects: Sequence[str], catalog: Catalog) -> list[Source]:
    """The first frames of these people's first clips, then the photographs."""
    camera = _selection(protocol).camera
    clips = {clip.subject: clip for clip in reversed(catalog.clips) if clip.camera == camera}
    lacking = [subject for subject in subjects if subject not in clips]
    if lacking:
        raise BenchmarkError(
            f"expected clips of camera {camera} of {', '.join(lacking)} for protocol"
            f" {protocol.name!r} but {catalog.root} has none"
        )
    people = [_clip_source(clips[subject]) for subject in subjects]
    return [*people, *(_photo_source(name) for name in protocol.sources.photos)]


def _candidates(protocol: Protocol, catalog: Catalog) -> list[Clip]:
    wanted = _selection(protocol)
    accepted = (
        clip
        for clip in catalog.clips
        if clip.camera == wanted.camera
        and clip.stem in wanted.stems
        and (wanted.subjects is None or clip.subject in wanted.subjects)
    )
    return sorted(accepted, key=lambda clip: clip.id)


def _selection(protocol: Protocol) -> DriverSelection:
    if protocol.drivers is None:
        raise BenchmarkError(f"expected a protocol with drivers but {protocol.name!r} has none")
    return protocol.drivers


def _case(driver: Clip, source: Source, *, has_reference: bool) -> Case:
    return Case(
        id=case_id(driver.id, None if has_reference else source.label),
        cluster=driver.subject,
        source=source,
        driver_id=driver.id,
        driver_path=driver.path,
        has_reference=has_reference,
        language=driver.language,
    )


def _clip_source(clip: Clip) -> Source:
    return Source(f"{clip.id}@0", clip.subject, clip.path, is_photo=False)


def _photo_source(name: str) -> Source:
    found = photo(name)
    return Source(f"photo:{name}", name, found.path(), is_photo=True, sha256=found.sha256)
