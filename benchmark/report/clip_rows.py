"""Best and worst cases as rows that play: source, driver and every output side by side, with stills for paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.engine.clips import clip_of_prediction, load_clip
from benchmark.engine.showcase import Curve, ShownCase, clip_place, load_showcase
from benchmark.metrics import CARDS
from benchmark.metrics.headline import curve_of
from benchmark.report.budget import ROW_BYTES, Budget
from benchmark.report.curves import plot_curve
from benchmark.report.row_video import encoder_problem, row_video_uri
from benchmark.report.sheets import image_uri
from benchmark.report.table import ARROWS, format_value
from benchmark.results.schema import REFERENCE_ROW, Results

MOST_TILES = 12
"""Of one row; further methods are named."""
_CURVES = 3
_NO_FRAMES = "no frames, see failures"
NOT_KEPT = "its clip was not kept; run the method again"


@dataclass(frozen=True)
class Tile:
    """One picture of a row.

    Args:
        place: in the row's video; None where it does not move, or there is nothing.
        still: data URI of one exact frame; None where there is nothing.
        problem: why there is nothing.
    """

    label: str
    caption: str
    place: int | None
    still: str | None
    problem: str = ""


@dataclass(frozen=True)
class ClipRow:
    """One case.

    Args:
        why: such as ("worst", "worst CSIM 0.948"); the first says how it is coloured.
        video: data URI; None where there is none, and `problem` says why, or where the case is one picture.
        times: of the video's frames in seconds, comma-separated; "" at a steady rate.
        still_frame: of the video, which the stills show.
        left_out: methods without a tile.
    """

    case: ShownCase
    why: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    video: str | None
    problem: str
    frames: int
    fps: float
    times: str
    still_frame: int
    curves: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Gallery:
    """All rows of a run; `method` is whose best and worst cases they are."""

    method: str | None
    rows: tuple[ClipRow, ...]


@dataclass(frozen=True, eq=False)
class RowClips:
    """What lies on disk of one row: uint8 [T, S, S, 3] each, None where there is nothing.

    Args:
        made: by method, in the order of the tiles.
        failed: methods that have no frames of the case at all.
        still_frame: of the clips, which the stills show; None leaves it to the row.
    """

    source: np.ndarray | None
    driver: np.ndarray | None
    made: Mapping[str, np.ndarray | None]
    failed: frozenset[str] = frozenset()
    still_frame: int | None = None


def gallery(results: Results, folder: Path, colours: Mapping[str, str]) -> Gallery:
    """What the run's showcase has of the methods and cases of these results."""
    showcase, names = load_showcase(folder), [method.name for method in results.methods]
    if showcase.method not in names:
        return Gallery(None, ())
    known = set(results.protocol.case_ids)
    cases = [(one, _load(one, folder, names)) for one in showcase.cases if one.case_id in known]
    return Gallery(showcase.method, rows_of(results, cases, colours))


def rows_of(
    results: Results, cases: Iterable[tuple[ShownCase, RowClips]], colours: Mapping[str, str]
) -> tuple[ClipRow, ...]:
    """Rows of cases whose outputs and curves are of these results' methods."""
    budget, values = Budget(ROW_BYTES), _values(results)
    return tuple(_row(case, clips, colours, values, budget) for case, clips in cases)


def load_clip_at(folder: Path, place: str | None) -> np.ndarray | None:
    """A clip of a run; None where it is absent, or lies elsewhere."""
    path = clip_place(folder, place)
    return None if path is None else load_clip(path)


def load_output(case: ShownCase, folder: Path, method: str) -> np.ndarray | None:
    """The clip of a method, as the run kept it or as its frames still are there; None where there is neither."""
    kept = load_clip_at(folder, case.outputs.get(method))
    return clip_of_prediction(folder, method, case.case_id, case.first_frame) if kept is None else kept


def _load(case: ShownCase, folder: Path, names: Sequence[str]) -> RowClips:
    methods = [name for name in names if name != REFERENCE_ROW]
    return RowClips(
        load_clip_at(folder, case.source),
        load_clip_at(folder, case.driver),
        {name: load_output(case, folder, name) for name in methods[: MOST_TILES - 1]}
        | dict.fromkeys(methods[MOST_TILES - 1 :]),
        frozenset(name for name, place in case.outputs.items() if place is None),
    )


def _row(
    case: ShownCase,
    clips: RowClips,
    colours: Mapping[str, str],
    values: Mapping[tuple[str, str, str], float],
    budget: Budget,
) -> ClipRow:
    methods = list(clips.made)
    shown, left_out = methods[: MOST_TILES - 1], methods[MOST_TILES - 1 :]
    made = {name: clips.made[name] for name in shown}
    moving = [clip for clip in (clips.driver, *made.values()) if clip is not None]
    frames = max(map(len, moving), default=0)
    still_frame = clips.still_frame
    if still_frame is None:
        still_frame = _still_frame(case, clips.driver, methods, frames)
    tiles = [_source_tile(clips.source, budget)]
    label = REFERENCE_ROW if case.has_reference else "driver"
    tiles.append(_tile(label, "", clips.driver, moving, still_frame, budget))
    for name, clip in made.items():
        lacks = _NO_FRAMES if name in clips.failed else NOT_KEPT
        tiles.append(_tile(name, _caption(case, name, values), clip, moving, still_frame, budget, lacks))
    video, problem = None, encoder_problem() or ""
    if frames > 1 and not problem:
        video = budget.take(row_video_uri(moving, case.fps, case.times_s))
        problem = "" if video else "the clips of this row would make the page too large"
    return ClipRow(
        case=case,
        why=tuple((one.end, f"{one.end} {_title(one.metric)} {format_value(one.value)}") for one in case.reasons),
        tiles=tuple(tiles),
        video=video,
        problem=problem if frames > 1 else "",
        frames=frames,
        fps=case.fps,
        times="" if case.times_s is None else ",".join(f"{time:.4f}" for time in case.times_s),
        still_frame=still_frame,
        curves=_curves(case, methods, colours, (case.first_frame, frames), still_frame) if frames > 1 else (),
        left_out=tuple(left_out),
    )


def _source_tile(clip: np.ndarray | None, budget: Budget) -> Tile:
    if clip is None:
        return Tile("source", "", None, None, "no source image")
    return Tile("source", "", None, budget.take(image_uri(clip[0], lossless=True)))


def _tile(
    label: str,
    caption: str,
    clip: np.ndarray | None,
    moving: Sequence[np.ndarray],
    still_frame: int,
    budget: Budget,
    lacks: str = NOT_KEPT,
) -> Tile:
    if clip is None:
        return Tile(label, caption, None, None, lacks)
    place = next(index for index, one in enumerate(moving) if one is clip)
    still = budget.take(image_uri(clip[min(still_frame, len(clip) - 1)], lossless=True))
    return Tile(label, caption, place, still, "" if still else "left out: the page would be too large")


def _still_frame(case: ShownCase, driver: np.ndarray | None, methods: Sequence[str], frames: int) -> int:
    """What says most: of a worst case the first method's worst frame, else where the driver moved most."""
    reason = next((one for one in case.reasons if one.end == "worst"), None)
    metric = None if reason is None else curve_of(reason.metric, {curve.metric for curve in case.curves})
    curve = next((one for one in case.curves if one.metric == metric and one.method in methods[:1]), None)
    if metric in CARDS and curve is not None:
        places = ((place * curve.every - case.first_frame, value) for place, value in enumerate(curve.values))
        inside = {at: value for at, value in places if value is not None and 0 <= at < frames}
        if inside:
            return (min if CARDS[metric].higher_is_better else max)(inside, key=lambda at: inside[at])
    if driver is None:
        return 0
    moved = np.abs(driver.astype(np.int16) - driver[:1].astype(np.int16)).mean(axis=(1, 2, 3))
    return int(np.argmax(moved))


def _caption(case: ShownCase, method: str, values: Mapping[tuple[str, str, str], float]) -> str:
    """The method's own values in what the case is shown for."""
    metrics = dict.fromkeys(reason.metric for reason in case.reasons)
    found = [(metric, values.get((method, case.case_id, metric))) for metric in metrics]
    return ", ".join(f"{_title(metric)} {format_value(value)}" for metric, value in found if value is not None)


def _values(results: Results) -> dict[tuple[str, str, str], float]:
    return {(row.method, row.case_id, row.metric): row.value for row in results.rows if row.value is not None}


def _title(metric: str) -> str:
    return CARDS[metric].title if metric in CARDS else metric


def _curves(
    case: ShownCase,
    methods: Sequence[str],
    colours: Mapping[str, str],
    window: tuple[int, int],
    still_frame: int,
) -> tuple[str, ...]:
    """First what the case is shown for."""
    present = dict.fromkeys(curve.metric for curve in case.curves if curve.metric in CARDS)
    first = [metric for reason in case.reasons if (metric := curve_of(reason.metric, present)) is not None]
    plots = []
    for metric in list(dict.fromkeys([*first, *present]))[:_CURVES]:
        curves: list[Curve] = [one for one in case.curves if one.metric == metric and one.method in methods]
        card = CARDS[metric]
        title = f"{card.title} {ARROWS[card.higher_is_better].strip()}{f', {card.unit}' if card.unit else ''}"
        plot = plot_curve(curves, case.frames, title, colours, window=window, still_frame=still_frame)
        plots += [] if plot is None else [plot]
    return tuple(plots)
