"""The rows that a page of several runs plays: where two methods differ most, with every output that was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.engine.showcase import Reason, ShownCase
from benchmark.metrics import CARDS
from benchmark.metrics.headline import curve_of
from benchmark.report.clip_rows import ClipRow, RowClips, rows_of
from benchmark.report.differing_cases import Contrast, Pair, most_differing, pairs_of
from benchmark.report.run_clips import RunClips
from benchmark.report.table import format_value
from benchmark.results.schema import REFERENCE_ROW
from benchmark.runs.opened import Run
from benchmark.runs.together import Together


@dataclass(frozen=True)
class JointRows:
    """What is played of one table.

    Args:
        pairs: the methods that are compared.
        left_out: so many other cases differ more, but no frames are left of them.
    """

    pairs: tuple[Pair, ...]
    rows: tuple[ClipRow, ...]
    left_out: int


def joint_rows(one: Together, runs: Sequence[Run], colours: Mapping[str, str], ours: str) -> JointRows:
    """At most eight rows.

    Args:
        ours: the method that is compared with others.
    """
    clips = {run.label: RunClips(run) for run in runs if run.label in one.runs}
    origins = {name: place for name, place in one.origins.items() if place[1] != REFERENCE_ROW}

    def is_kept(case_id: str, pair: Pair) -> bool:
        return all(clips[label].has(case_id, own) for label, own in (origins[name] for name in pair))

    pairs = pairs_of(one, ours)
    found = most_differing(one.results, pairs, is_kept)
    cases = [
        (case, _clips(one, case, clips, origins, why[0]))
        for case_id, why in found.cases.items()
        if (case := _case(case_id, why, clips, origins)) is not None
    ]
    rows = rows_of(one.results, cases, colours)
    told = (
        replace(row, why=tuple(_sentence(contrast, ours) for contrast in found.cases[row.case.case_id])) for row in rows
    )
    return JointRows(tuple(pairs), tuple(told), found.left_out)


def _case(
    case_id: str, why: Sequence[Contrast], clips: Mapping[str, RunClips], origins: Mapping[str, tuple[str, str]]
) -> ShownCase | None:
    """As the first run plays it that does, else as frames tell of it; with the curves that both methods have."""
    pair = (why[0].better, why[0].worse)
    played = (run.shown(case_id) for run in clips.values())
    told = (clips[label].describe(case_id, own) for label, own in (origins[name] for name in pair))
    case = next((one for one in (*played, *told) if one is not None), None)
    if case is None:
        return None
    curves = tuple(
        curve.model_copy(update={"method": name})
        for name, (label, own) in origins.items()
        for curve in clips[label].curves(case, own)
    )
    drawn = set.intersection(*({one.metric for one in curves if one.method == name} for name in pair))
    curves = tuple(one for one in curves if one.metric in drawn)
    reasons = tuple(Reason(metric=one.metric, end="best", value=one.values[0]) for one in why)
    return case.model_copy(update={"curves": curves, "reasons": reasons})


def _clips(
    one: Together,
    case: ShownCase,
    clips: Mapping[str, RunClips],
    origins: Mapping[str, tuple[str, str]],
    why: Contrast,
) -> RowClips:
    """Each input as any run has it, each output as its own run has it."""
    made = {name: clips[label].output(case, own) for name, (label, own) in origins.items()}
    return RowClips(
        next((found for run in clips.values() if (found := run.source(case)) is not None), None),
        next((found for run in clips.values() if (found := run.driver(case)) is not None), None),
        made,
        frozenset(
            name
            for fault in one.results.failures
            if fault.case_id == case.case_id
            for name in made
            if fault.method in (None, name)
        ),
        frame_of_difference(case, made, why),
    )


def frame_of_difference(case: ShownCase, made: Mapping[str, np.ndarray | None], why: Contrast) -> int | None:
    """Where the two methods differ most: in the metric where it has values of single frames, else in their pixels."""
    outputs = [made[why.better], made[why.worse]]
    better, worse = (None if one is None else one.astype(np.int16) for one in outputs)
    if better is None or worse is None:
        return None
    frames = min(len(better), len(worse))
    metric = curve_of(why.metric, {curve.metric for curve in case.curves})
    curves = [
        next((one for one in case.curves if (one.method, one.metric) == (name, metric)), None)
        for name in (why.better, why.worse)
    ]
    ours, theirs = curves
    if metric in CARDS and ours is not None and theirs is not None and ours.every == theirs.every:
        sign = 1 if CARDS[metric].higher_is_better else -1
        leads = {
            place * ours.every - case.first_frame: sign * (a - b)
            for place, (a, b) in enumerate(zip(ours.values, theirs.values, strict=False))
            if a is not None and b is not None
        }
        inside = {at: lead for at, lead in leads.items() if 0 <= at < frames}
        if inside:
            return max(inside, key=lambda at: inside[at])
    return int(np.abs(better[:frames] - worse[:frames]).mean(axis=(1, 2, 3)).argmax())


def _sentence(one: Contrast, ours: str) -> tuple[str, str]:
    title = CARDS[one.metric].title if one.metric in CARDS else one.metric
    better, worse = (format_value(value) for value in one.values)
    return ("best" if one.better == ours else "worst"), f"{title}: {one.better} {better}, {one.worse} {worse}"
