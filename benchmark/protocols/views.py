"""Takes of several cameras: which take, and which camera is the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.protocols.case import Case, CaseViews, Source, case_id
from benchmark.protocols.protocol import Protocol
from benchmark.protocols.ranking import in_turns
from benchmark.results.errors import BenchmarkError

if TYPE_CHECKING:
    from feed_dataset.catalog.catalog import Catalog
    from feed_dataset.catalog.take import Take

CENTRE = "C"
_OTHER_SIDE = {"L": "R", "R": "L"}


def view_cases(protocol: Protocol, catalog: Catalog) -> list[Case]:
    """The cases of a protocol on several cameras: people take turns, then stems, then targets.

    Raises:
        BenchmarkError: the data has no take of the selection with all three cameras.
    """
    wanted = protocol.views
    assert wanted is not None
    takes = [
        take
        for take in catalog.takes()
        if (wanted.subjects is None or take.subject in wanted.subjects)
        and take.stem in wanted.stems
        and {CENTRE, *_OTHER_SIDE} <= set(take.clips)
    ]
    if not takes:
        raise BenchmarkError(
            f"expected takes of {', '.join(wanted.stems)} with cameras C, L and R for protocol {protocol.name!r} but"
            f" {catalog.root} has none"
        )
    pairs = [(take, target) for take in takes for target in wanted.targets]
    keys = [lambda pair: pair[0].subject, lambda pair: pair[0].stem]
    chosen = in_turns(pairs, keys, lambda pair: pair[0].clips[pair[1]].id, protocol.seed, "view")[: wanted.cases]
    return [_case(take, target, is_audited=wanted.clock == "audit") for take, target in chosen]


def _case(take: Take, target: str, *, is_audited: bool) -> Case:
    truth, centre, side = take.clips[target], take.clips[CENTRE], take.clips[_OTHER_SIDE[target]]
    return Case(
        id=case_id(truth.id),
        cluster=truth.subject,
        source=Source(f"{side.id}@0", side.subject, side.path, is_photo=False),
        driver_id=truth.id,
        driver_path=truth.path,
        has_reference=True,
        views=CaseViews(centre.path, centre.id, (centre.path, side.path), is_audited),
    )
