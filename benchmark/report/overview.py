"""The short table on top of a report: one row a method, one column for each thing that it should do, and its speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.metrics import CARDS
from benchmark.metrics.headline import headline_metrics
from benchmark.report.table import ARROWS, format_value, mark_of
from benchmark.results.schema import Results

_MOST_OTHERS = 5


@dataclass(frozen=True)
class Column:
    """One metric."""

    metric: str
    title: str
    arrow: str


@dataclass(frozen=True)
class OverviewCell:
    """One number; `sort` is what its column is sorted by, "" for none."""

    text: str
    small: str
    sort: str


@dataclass(frozen=True)
class Overview:
    """The table: cells by method, in the order of the columns; the last one is speed where any method has it."""

    columns: tuple[Column, ...]
    rows: Mapping[str, tuple[OverviewCell, ...]]
    has_speed: bool


def overview(results: Results, names: Sequence[str]) -> Overview:
    """Headline metrics that any method has, and frames a second."""
    columns = headline_columns(results)
    has_speed = any(frames_per_second(results, name) is not None for name in names)
    rows = {
        name: tuple(_cell(results, name, column.metric) for column in columns)
        + ((_speed(results, name),) if has_speed else ())
        for name in names
    }
    return Overview(columns, rows, has_speed)


def headline_columns(results: Results) -> tuple[Column, ...]:
    """The headline metrics that any method has a value in; without one the first metrics that there are."""
    computed = {a.metric: a for a in results.aggregates if a.value is not None}
    metrics = headline_metrics(computed) or list(computed)[:_MOST_OTHERS]
    return tuple(
        Column(
            metric,
            CARDS[metric].title if metric in CARDS else metric,
            ARROWS[computed[metric].higher_is_better].strip(),
        )
        for metric in metrics
    )


def frames_per_second(results: Results, name: str) -> float | None:
    """How many frames a method makes in a second after its first one; None where nobody measured it."""
    speed = next((method.speed for method in results.methods if method.name == name), None)
    return 1 / speed.frame_p50_s if speed is not None and speed.frame_p50_s else None


def _cell(results: Results, name: str, metric: str) -> OverviewCell:
    found = results.aggregate(name, metric)
    if found is None or found.value is None:
        return OverviewCell("–", "", "")
    interval = ""
    if found.ci_low is not None and found.ci_high is not None:
        interval = f"{format_value(found.ci_low)} to {format_value(found.ci_high)}"
    return OverviewCell(f"{format_value(found.value)}{mark_of(results, found)}", interval, repr(found.value))


def _speed(results: Results, name: str) -> OverviewCell:
    rate = frames_per_second(results, name)
    return OverviewCell("–", "", "") if rate is None else OverviewCell(_short(rate), "", repr(rate))


def _short(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 100 else f"{rate:.3g}"
