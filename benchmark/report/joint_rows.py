"""The rows that a page of several runs plays: cases that any run shows, with every output that was kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

from benchmark.engine.showcase import ShownCase, load_showcase
from benchmark.report.clip_rows import ClipRow, RowClips, load_clip_at, load_output, rows_of
from benchmark.results.schema import REFERENCE_ROW
from benchmark.runs.together import Together

MOST_ROWS = 8


def joint_rows(one: Together, folders: Mapping[str, Path], colours: Mapping[str, str]) -> list[tuple[str, ClipRow]]:
    """At most eight rows, the runs taking turns, each with the method whose best or worst case it is.

    Args:
        folders: of the runs, by label.
    """
    showcases = {label: load_showcase(folders[label]) for label in one.runs}
    shown_as = {place: name for name, place in one.origins.items()}
    by_case = {
        label: {case.case_id: case for case in showcase.cases if (label, showcase.method) in shown_as}
        for label, showcase in showcases.items()
    }
    known = set(one.results.protocol.case_ids)
    turns = zip_longest(*([(label, case) for case in cases.values()] for label, cases in by_case.items()))
    first: dict[str, tuple[str, ShownCase]] = {}
    for label, case in (found for turn in turns for found in turn if found is not None):
        if case.case_id in known and len(first) < MOST_ROWS:
            first.setdefault(case.case_id, (label, case))
    whose = [shown_as[label, showcases[label].method or ""] for label, _ in first.values()]
    cases = _joined(one, first, by_case, folders)
    return list(zip(whose, rows_of(one.results, cases, colours), strict=True))


def _joined(
    one: Together,
    first: Mapping[str, tuple[str, ShownCase]],
    by_case: Mapping[str, Mapping[str, ShownCase]],
    folders: Mapping[str, Path],
) -> Iterator[tuple[ShownCase, RowClips]]:
    """Each case with what every run has of the same stretch of it."""
    for case_id, (label, case) in first.items():
        parts = {
            run: found
            for run, cases in by_case.items()
            if (found := cases.get(case_id)) is not None and found.first_frame == case.first_frame
        }
        origins = {name: place for name, place in one.origins.items() if place[1] != REFERENCE_ROW}
        clips = RowClips(
            load_clip_at(folders[label], case.source),
            load_clip_at(folders[label], case.driver),
            {name: load_output(parts.get(run, case), folders[run], own) for name, (run, own) in origins.items()},
            frozenset(
                name for name, (run, own) in origins.items() if run in parts and parts[run].outputs.get(own, "") is None
            ),
        )
        curves = tuple(
            curve.model_copy(update={"method": name})
            for name, (run, own) in origins.items()
            for curve in (parts[run].curves if run in parts else ())
            if curve.method == own
        )
        yield case.model_copy(update={"curves": curves}), clips
