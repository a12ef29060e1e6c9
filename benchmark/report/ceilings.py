"""Ceilings beside a run's numbers: a table of their own, since they are no methods and have no rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from benchmark.ceilings.shipped import Ceilings, CeilingValue, ceilings_of
from benchmark.metrics import CARDS
from benchmark.report.table import ARROWS, format_value, shown_metrics
from benchmark.results.reserved import SUMMARIES
from benchmark.results.schema import Results

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class CeilingLine:
    """One metric: a value for each ceiling, None where it has none."""

    metric: str
    arrow: str
    values: Sequence[CeilingValue | None]


@dataclass(frozen=True)
class CeilingTable:
    """What a report says of ceilings.

    Args:
        names: of the ceilings, in order; none where there is a `remark` only.
        legend: (ceiling, what it is).
        remark: why there are none, or which metrics have none.
    """

    names: Sequence[str]
    lines: Sequence[CeilingLine]
    legend: Sequence[tuple[str, str]]
    remark: str


def ceiling_table(results: Results, folder: Path | None = None) -> CeilingTable:
    """The ceilings that fit a run. Raises ResultsError for a damaged file."""
    found = ceilings_of(results, folder)
    names = list(found.values)
    lines = []
    for metric in shown_metrics(results):
        values = [found.values[name].get(metric) for name in names]
        if any(value is not None and value.value is not None for value in values):
            lines.append(CeilingLine(metric, ARROWS[CARDS[metric].higher_is_better].strip(), values))
    return CeilingTable(names, lines, [(name, SUMMARIES[name]) for name in names], _remark(found))


def print_ceilings(results: Results, folder: Path, console: Console) -> None:
    """Print the ceilings that fit a run, or why there are none."""
    table = ceiling_table(results, folder)
    if table.names:
        console.print(rich_table(table))
    if table.remark:
        console.print(Text(table.remark, style="dim"), soft_wrap=True)


def cell_text(value: CeilingValue | None) -> str:
    """A value with its interval: "0.912 [0.900, 0.923]"."""
    if value is None or value.value is None:
        return "–"
    interval = f" [{format_value(value.low)}, {format_value(value.high)}]" if value.low is not None else ""
    return f"{format_value(value.value)}{interval}"


def rich_table(table: CeilingTable) -> Table:
    """The table for a terminal."""
    shown = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title="ceilings (no methods, not ranked)",
        caption="; ".join(f"{name}: {summary}" for name, summary in table.legend),
        title_justify="left",
        caption_justify="left",
    )
    shown.add_column("metric", no_wrap=True)
    for name in table.names:
        shown.add_column(name, justify="right", overflow="fold")
    for line in table.lines:
        cells = [Text(cell_text(value).replace(" [", "\n[", 1)) for value in line.values]
        shown.add_row(Text(f"{line.metric} {line.arrow}"), *cells)
    return shown


def _remark(found: Ceilings) -> str:
    if found.refused:
        return f"ceilings: {found.refused}"
    by_reason: dict[str, list[str]] = {}
    for metric, reason in found.left_out.items():
        by_reason.setdefault(reason, []).append(metric)
    return "; ".join(f"ceilings of {', '.join(metrics)}: {reason}" for reason, metrics in by_reason.items())
