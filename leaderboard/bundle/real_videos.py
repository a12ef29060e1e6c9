"""Whether the features of drivers and sources are those of the real videos, by numbers that are known of them.

Whoever changes what a driver looks like to the metrics changes what every method is compared with. So the real videos
of a case are scored as if they were outputs: the driver itself (copy-driver), the source at every frame (copy-source),
and the driver of the next case (next-driver). Where the data ships, those numbers are known for every case and metric.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmark.features.extractors.catalog import split_ids
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.metrics import CARDS, MetricCard
from benchmark.metrics.scoring import Thinned, narrowed, plain_score, row_of_case
from benchmark.results.schema import Results
from leaderboard.bundle.problems import Problem
from leaderboard.bundle.rebuilding import Features
from leaderboard.bundle.recomputing import UNSCORABLE, described
from leaderboard.rules.bounds import KnownValues, differs

COPY_DRIVER, COPY_SOURCE, NEXT_DRIVER = "copy-driver", "copy-source", "next-driver"
WHOLE = "*"
"""In place of a case: all of them together."""
STANDINS = (COPY_DRIVER, COPY_SOURCE, NEXT_DRIVER)


def values_of(features: Features, results: Results) -> dict[str, dict[str, dict[str, float]]]:
    """Every stand-in in every metric that looks at videos one by one, by case; cases without a value are left out.

    Of a run of all cases, the sources in metrics of whole sets, too.
    """
    computed = {a.metric for a in results.aggregates if a.not_computed is None}
    cards = [CARDS[one] for one in sorted(computed) if _is_asked(CARDS[one], features)]
    found: dict[str, dict[str, dict[str, float]]] = {one: {card.id: {} for card in cards} for one in STANDINS}
    cases = {case.case_id: case for method in features.index.cases for case in features.cases(method)}
    ids = results.protocol.case_ids
    for case_id, following in zip(ids, [*ids[1:], None], strict=True):
        case = cases.get(case_id)
        if case is None:
            continue
        for name, output in _standins(case, None if following is None else cases.get(following)):
            thinned = Thinned(replace(case, output=output, pairs={}, latents=None, sound={}), features.index.stride)
            for card in cards:
                read = thinned.of(card)
                value = None if read is None else row_of_case(name, card, read).value
                if value is not None:
                    found[name][card.id][case.case_id] = value
    sets = [CARDS[one] for one in sorted(computed) if CARDS[one].level == "set" and _reads_videos(CARDS[one], features)]
    if results.protocol.limit is None and all(one in cases and len(cases[one].source) == 1 for one in ids):
        for card in sets:
            found[COPY_SOURCE][card.id] = _of_set(card, [cases[one] for one in ids], features.index.stride)
    return found


def _of_set(card: MetricCard, cases: Sequence[CaseFeatures], stride: int) -> dict[str, float]:
    """The value of all sources together, in place of outputs."""
    shown = [replace(one, output=_repeated(one.source, len(one.driver), one.driver.times_s)) for one in cases]
    thinned = [Thinned(one, stride).of(card) for one in shown]
    value = plain_score(card, [narrowed(one, card) for one in thinned if one is not None]).value
    return {} if value is None else {WHOLE: value}


def _is_asked(card: MetricCard, features: Features) -> bool:
    """Whether a metric of single cases reads nothing but videos one by one that are here, and counts no frames.

    A frame more or less above a threshold is no rounding, and happens between processors.
    """
    counts = card.id.partition("[")[0].endswith("_f1")
    return card.level == "case" and not counts and _reads_videos(card, features)


def _reads_videos(card: MetricCard, features: Features) -> bool:
    video, pair, audio = split_ids(card.features)
    return bool(video) and {*video} <= features.names and not (pair or audio or {"latents", "audio"} & card.needs)


def real_problems(results: Results, features: Features, known: KnownValues) -> Iterator[Problem]:
    """Stand-ins of the bundle's real videos that have other values than are known, or none where one is known."""
    if not known:
        return
    try:
        found = values_of(features, results)
    except UNSCORABLE as error:
        yield Problem("features of real videos", f"expected features that can be scored but got {described(error)}")
        return
    whole = {one for items in features.index.cases.values() for one in (item.case_id for item in items)}
    ids = results.protocol.case_ids
    before = {one for one, following in zip(ids, ids[1:], strict=False) if {one, following} <= whole}
    if results.protocol.limit is None and set(ids) == whole:
        whole.add(WHOLE)
    for standin, by_metric in found.items():
        cases = before if standin == NEXT_DRIVER else whole
        for metric, values in by_metric.items():
            if metric not in known.get(standin, {}):
                continue
            due = {case: value for case, value in known[standin][metric].items() if case in cases}
            for case in sorted(due.keys() | values.keys()):
                want, got = due.get(case), values.get(case)
                if want is None or got is None or differs(want, got):
                    place = f"features of real videos: {metric}/{case}"
                    yield Problem(place, f"expected {_short(want)} of {standin}, as is known, but got {_short(got)}")


def _standins(case: CaseFeatures, following: CaseFeatures | None) -> Iterator[tuple[str, FaceFeatures]]:
    frames = len(case.driver)
    yield COPY_DRIVER, case.driver
    if len(case.source) == 1:
        yield COPY_SOURCE, _repeated(case.source, frames, case.driver.times_s)
    if following is not None and len(following.driver) == frames:
        yield NEXT_DRIVER, following.driver


def _repeated(image: FaceFeatures, frames: int, times_s: np.ndarray | None) -> FaceFeatures:
    """One frame, shown as long as a video."""
    return replace(
        image,
        landmarks_px=np.repeat(image.landmarks_px, frames, axis=0),
        reasons=image.reasons * frames,
        arrays={name: np.repeat(rows, frames, axis=0) for name, rows in image.arrays.items() if len(rows) == 1},
        times_s=times_s,
    )


def _short(value: float | None) -> str:
    return "no value" if value is None else f"{value:.6g}"
