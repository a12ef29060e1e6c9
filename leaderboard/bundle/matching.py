"""Whether an index of features is of the results beside it: places that exist, people, inputs and cases that agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmark.metrics import CARDS
from benchmark.results.schema import REFERENCE_ROW, MethodRecord, Results
from leaderboard.bundle.collecting import LATENTS
from leaderboard.bundle.index import INDEX, TIMES, Group, Index, OutputItem
from leaderboard.bundle.problems import Problem
from leaderboard.rules.known import KnownProtocol
from leaderboard.rules.names import some
from leaderboard.rules.rows import people_of

MOST_FRAMES = 4_000_000
"""Of all videos of a bundle: 2,000 of a minute."""
_GROUPS: tuple[Group, ...] = ("videos", "pairs", "audio", "latents")


def index_problems(index: Index, results: Results, known: KnownProtocol) -> Iterator[Problem]:
    """Everything in an index that does not fit itself, the results, or the protocol. Later checks need earlier ones."""
    for check in (_shape_problems, _case_problems, _output_problems):
        problems = check(index, results, known)
        if (first := next(problems, None)) is not None:
            yield first
            yield from problems
            return


def cases_with_features(results: Results) -> dict[str, list[str]]:
    """By method the cases that did not fail, in their order."""
    failed = {(failure.method, failure.case_id) for failure in results.failures}
    return {
        method.name: [one for one in results.protocol.case_ids if not {(None, one), (method.name, one)} & failed]
        for method in results.methods
    }


def _shape_problems(index: Index, results: Results, known: KnownProtocol) -> Iterator[Problem]:
    """Sizes of groups, rows of arrays, frames of videos."""
    sizes = index.sizes
    if set(sizes) != set(_GROUPS) or sizes["videos"] != len(index.videos):
        yield Problem(INDEX, f"expected the size of each group but got {dict(sizes)}")
        return
    if index.stride != known.embed_every:
        want = known.embed_every
        yield Problem(INDEX, f"expected descriptors of every {want}. frame, by the protocol, but got {index.stride}")
    if TIMES not in index.arrays:
        yield Problem(INDEX, "expected the times of frames")
    computed = [CARDS[a.metric] for a in results.aggregates if a.not_computed is None]
    read = {TIMES, LATENTS, *(one for card in computed for one in card.features)}
    if strange := index.arrays.keys() - read:
        yield Problem(INDEX, f"expected features that metrics of the results read but got {some(strange)}")
        return
    if (frames := sum(video.frames for video in index.videos)) > MOST_FRAMES:
        yield Problem(INDEX, f"expected at most {MOST_FRAMES} frames but got {frames}")
        return
    for place, video in enumerate(index.videos):
        if sum(count for _, count in video.reasons) != video.frames:
            yield Problem(INDEX, f"video {place}: expected a reason, or none, of each of {video.frames} frames")
    for name, array in index.arrays.items():
        if len(array.rows) != (due := sizes[array.group]):
            yield Problem(INDEX, f"{name}: expected rows of {due} {array.group} but got {len(array.rows)}")


def _case_problems(index: Index, results: Results, known: KnownProtocol) -> Iterator[Problem]:
    """Every case that did not fail, of every method, with places that exist."""
    expected = cases_with_features(results)
    if list(index.cases) != sorted(expected):
        yield Problem(INDEX, f"expected cases of {', '.join(sorted(expected))} but got {', '.join(index.cases)}")
        return
    for method, items in index.cases.items():
        if [item.case_id for item in items] != expected[method]:
            yield Problem(f"{INDEX}: {method}", "expected features of every case that did not fail, in their order")
        for item in items:
            places: tuple[tuple[Group, int | None], ...] = (
                ("videos", item.output),
                ("videos", item.driver),
                ("videos", item.source),
                ("pairs", item.pairs),
                ("audio", item.audio),
                ("latents", item.latents),
            )
            wrong = [group for group, place in places if place is not None and place >= index.sizes[group]]
            if wrong:
                yield Problem(f"{INDEX}: {method}/{item.case_id}", f"expected a place among the {wrong[0]}")


def _output_problems(index: Index, results: Results, known: KnownProtocol) -> Iterator[Problem]:
    """Videos are those that the results name by content; people and rates are the same for all methods."""
    inputs = results.inputs
    if inputs is None:
        yield Problem(INDEX, "expected results that name drivers and sources by their content; run again")
        return
    order = {case: number for number, case in enumerate(results.protocol.case_ids)}
    people = people_of(results, known)
    first: dict[str, int] = {}  # place of a driver or source, by content
    rates: dict[int, float] = {}  # by place of the driver
    for method in results.methods:
        for item in index.cases[method.name]:
            label = f"{INDEX}: {method.name}/{item.case_id}"
            place = order[item.case_id]
            due = {"driver": inputs.drivers[place], "source": inputs.sources[place], "output": _output(method, place)}
            for name, want in due.items():
                if want != _content(index, item, name):
                    yield Problem(label, f"expected the {name} that the results name but got features of another video")
            case = people.get(item.case_id)
            if case is not None and (item.cluster, item.source_cluster) != (case.cluster, case.source_cluster):
                got = f"{item.cluster} and {item.source_cluster}"
                yield Problem(label, f"expected {case.cluster} to drive {case.source_cluster} but got {got}")
            if item.has_reference != known.has_references:
                yield Problem(label, f"expected has_reference {known.has_references}, by the protocol")
            if method.name == REFERENCE_ROW and item.output != item.driver:
                yield Problem(label, "expected the driver itself as the reference")
            videos = [one for one in (item.driver, item.source) if one is not None]
            if any(one != first.setdefault(index.videos[one].id, one) for one in videos):
                yield Problem(label, "expected the same features of a driver or source in all cases but got others")
            if rates.setdefault(item.driver, item.fps) != item.fps:
                yield Problem(label, f"expected {rates[item.driver]} frames a second of this driver but got {item.fps}")


def _output(method: MethodRecord, place: int) -> str | None:
    return None if method.outputs is None else method.outputs[place]


def _content(index: Index, item: OutputItem, name: str) -> str | None:
    places: Mapping[str, int | None] = {"driver": item.driver, "source": item.source, "output": item.output}
    place = places[name]
    return None if place is None else index.videos[place].id
