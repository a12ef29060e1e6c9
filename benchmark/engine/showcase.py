"""The cases that a report plays: the best and the worst one of the first method in each headline metric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from benchmark.engine.case_files import lies_inside
from benchmark.engine.clips import CLIP_FRAMES
from benchmark.metrics import CARDS
from benchmark.metrics.headline import curve_of, headline_metrics
from benchmark.results.records import Record
from benchmark.results.schema import REFERENCE_ROW, Results, close, write_text_atomic
from feed_dataset.core.jobs.files import read_text

SHOWCASE_FILE = "showcase.json"
CURVE_POINTS = 400
"""At most so many values of a curve; where there are more frames, each is the mean of several."""
_CASE_METRICS = 4
_ROUNDING = 1e-12  # a similarity of a picture to itself is 1 give or take 1e-16

End = Literal["best", "worst"]


class Reason(Record):
    """Why a case is shown."""

    metric: str
    end: End
    value: float


class Curve(Record):
    """Values of one metric over the frames of one output.

    Args:
        every: how many frames each value stands for, from the first.
        values: None where no frame has one.
    """

    method: str
    metric: str
    every: Annotated[int, Field(ge=1)]
    values: Annotated[tuple[float | None, ...], Field(max_length=CURVE_POINTS)]


class ShownCase(Record):
    """A case with its clips; places are relative to the run's folder, None where there is nothing.

    Args:
        first_frame: of the video, where its clips begin.
        frames: of the whole driver.
        fps: of driver and outputs, on average.
        times_s: when each frame of the clips is shown, since the first; None at a steady rate.
        has_reference: the driver's frames are also what should come out.
        outputs: by method.
        judged_id: what they are judged against, where that is another clip than drives.
    """

    case_id: str
    driver_id: str
    source_id: str
    reasons: tuple[Reason, ...]
    first_frame: Annotated[int, Field(ge=0)]
    frames: Annotated[int, Field(ge=1)]
    fps: Annotated[float, Field(gt=0)]
    times_s: tuple[float, ...] | None
    has_reference: bool
    source: str | None
    driver: str | None
    outputs: dict[str, str | None] = {}
    curves: tuple[Curve, ...] = ()
    judged_id: str | None = None


class Showcase(Record):
    """Everything that a report plays.

    Args:
        method: whose best and worst cases these are; None where there is no method.
    """

    method: str | None = None
    cases: Annotated[tuple[ShownCase, ...], Field(max_length=2 * _CASE_METRICS)] = ()


def method_of(results: Results, before: Showcase) -> str | None:
    """Whose cases to show: the same method's as before, so that what is added later stands beside it."""
    names = [one.name for one in results.methods if one.name != REFERENCE_ROW]
    return before.method if before.method in names else next(iter(names), None)


def choose(results: Results, method: str) -> dict[str, tuple[Reason, ...]]:
    """By case id why it is shown: worst ones first, each case once."""
    directed = {
        a.metric: a.higher_is_better
        for a in results.aggregates
        if a.method == method and a.level == "case" and a.value is not None and a.higher_is_better is not None
    }
    chosen: dict[str, list[Reason]] = {}
    ends: tuple[End, End] = ("worst", "best")
    for end in ends:
        for metric in headline_metrics(directed)[:_CASE_METRICS]:
            values = {row.case_id: row.value for row in results.case_rows(method, metric) if row.value is not None}
            if len(values) < 2 or close(min(values.values()), max(values.values()), _ROUNDING):
                continue  # all alike: none is better than another
            wants_highest = directed[metric] == (end == "best")
            case_id = min(values, key=lambda one: (-values[one] if wants_highest else values[one], one))
            chosen.setdefault(case_id, []).append(Reason(metric=metric, end=end, value=values[case_id]))
    return {case_id: tuple(reasons) for case_id, reasons in chosen.items()}


def window_of(reason: Reason, curves: Sequence[Curve], frames: int) -> int:
    """Where the clips of a long video begin: at its best or worst stretch, as far as single frames have values."""
    names = {curve.metric for curve in curves}
    metric = curve_of(reason.metric, names)
    curve = next((one for one in curves if one.metric == metric), None)
    if frames <= CLIP_FRAMES or metric is None or curve is None:
        return 0
    by_frame = np.repeat([np.nan if one is None else one for one in curve.values], curve.every)[:frames]
    known = np.isfinite(by_frame)
    if not known.any():
        return 0
    filled = np.where(known, by_frame, by_frame[known].mean())
    sums = np.convolve(filled, np.ones(CLIP_FRAMES), "valid")
    wants_highest = CARDS[metric].higher_is_better == (reason.end == "best")
    return int(np.argmax(sums) if wants_highest else np.argmin(sums))


def curve_from(
    method: str,
    metric: str,
    values: np.ndarray,  # float64 [N], one for each frame that was measured
    stride: int,
) -> Curve:
    """A curve of at most `CURVE_POINTS` values of six digits."""
    together = math.ceil(len(values) / CURVE_POINTS)
    parts = [values[at : at + together] for at in range(0, len(values), together)]
    means = [float(part[np.isfinite(part)].mean()) if np.isfinite(part).any() else None for part in parts]
    short = tuple(None if mean is None else float(f"{mean:.6g}") for mean in means)
    return Curve(method=method, metric=metric, every=stride * together, values=short)


def save_showcase(folder: Path, showcase: Showcase) -> None:
    """Remember what the report plays."""
    write_text_atomic(folder / SHOWCASE_FILE, showcase.model_dump_json() + "\n")


def load_showcase(folder: Path) -> Showcase:
    """What `save_showcase` wrote; an empty one where it is not there or is none of ours."""
    try:
        return Showcase.model_validate_json(read_text(folder / SHOWCASE_FILE), strict=True)
    except (OSError, ValueError):
        return Showcase()


def clip_place(folder: Path, place: str | None) -> Path | None:
    """A clip's file; one that lies outside of the run's folder is none."""
    return folder / place if place and lies_inside(folder / place, folder) else None
