"""Ceilings beside a run's numbers: a table of their own, since they are no methods and have no rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from baselines.registry import BOUNDS
from benchmark.ceilings.beside import Beside
from benchmark.ceilings.shipped import Ceilings, CeilingValue, ceilings_of
from benchmark.metrics import CARDS
from benchmark.report.table import ARROWS, format_value, shown_metrics
from benchmark.results.reserved import EXACT_RENDER, SUMMARIES
from benchmark.results.schema import Results

if TYPE_CHECKING:
    from rich.console import Console

BESIDE_TITLE = f"beside {EXACT_RENDER}, over the cases that both have"
BESIDE_CAPTION = (
    f"mean of the method, mean of {EXACT_RENDER} over the same cases, their ratio with its 95 % interval where the"
    " metric's 0 is the photograph as it was, and how many cases"
)


@dataclass(frozen=True)
class CeilingLine:
    """One metric: a value for each ceiling, None where it has none."""

    metric: str
    arrow: str
    values: Sequence[CeilingValue | None]


@dataclass(frozen=True)
class BesideLine:
    """One metric: a method of the run beside the exact render for each method, None where they share no case."""

    metric: str
    arrow: str
    cells: Sequence[Beside | None]


@dataclass(frozen=True)
class CeilingTable:
    """What a report says of ceilings.

    Args:
        names: of the ceilings, in order; none where there is a `remark` only.
        legend: (ceiling, what it is).
        remark: why there are none, or which metrics have none.
        methods: of the run that have cases in common with the exact render.
        beside: each with a cell for each of `methods`.
    """

    names: Sequence[str]
    lines: Sequence[CeilingLine]
    legend: Sequence[tuple[str, str]]
    remark: str
    methods: Sequence[str]
    beside: Sequence[BesideLine]


def ceiling_table(results: Results, folder: Path | None = None) -> CeilingTable:
    """The ceilings that fit a run. Raises ResultsError for a damaged file."""
    found = ceilings_of(results, folder)
    names = list(found.values)
    lines = []
    for metric in shown_metrics(results):
        values = [found.values[name].get(metric) for name in names]
        if any(value is not None and value.value is not None for value in values):
            lines.append(CeilingLine(metric, _arrow(metric), values))
    methods = [method.name for method in results.methods if method.name in found.beside and method.name not in BOUNDS]
    beside = [
        BesideLine(metric, _arrow(metric), cells)
        for metric in shown_metrics(results)
        if any(cells := [found.beside[name].get(metric) for name in methods])
    ]
    legend = [(name, SUMMARIES[name]) for name in names]
    return CeilingTable(names, lines, legend, _remark(found), methods, beside)


def print_ceilings(results: Results, folder: Path, console: Console) -> None:
    """Print the ceilings that fit a run, or why there are none."""
    table = ceiling_table(results, folder)
    if table.names:
        console.print(rich_table(table))
    if table.beside:
        console.print(rich_beside(table))
    if table.remark:
        console.print(Text(table.remark, style="dim"), soft_wrap=True)


def cell_text(value: CeilingValue | None) -> str:
    """A value with its interval: "0.912 [0.900, 0.923]"."""
    if value is None or value.value is None:
        return "–"
    interval = f" [{format_value(value.low)}, {format_value(value.high)}]" if value.low is not None else ""
    return f"{format_value(value.value)}{interval}"


def beside_text(cell: Beside | None) -> str:
    """Both means and the share: "0.848 of 0.934: 91 % [84, 98] (22)"."""
    if cell is None:
        return "–"
    share = "" if cell.share is None else f": {100 * cell.share:.0f} %"
    if cell.low is not None and cell.high is not None:
        share += f" [{100 * cell.low:.0f}, {100 * cell.high:.0f}]"
    return f"{format_value(cell.own)} of {format_value(cell.exact)}{share} ({cell.cases})"


def rich_table(table: CeilingTable) -> Table:
    """The table for a terminal."""
    legend = "; ".join(f"{name}: {summary}" for name, summary in table.legend)
    shown = _empty("ceilings (no methods, not ranked)", legend, table.names)
    for line in table.lines:
        cells = [Text(cell_text(value).replace(" [", "\n[", 1)) for value in line.values]
        shown.add_row(Text(f"{line.metric} {line.arrow}"), *cells)
    return shown


def rich_beside(table: CeilingTable) -> Table:
    """The methods beside the exact render, for a terminal."""
    shown = _empty(BESIDE_TITLE, BESIDE_CAPTION, table.methods)
    for line in table.beside:
        shown.add_row(Text(f"{line.metric} {line.arrow}"), *[Text(beside_text(cell)) for cell in line.cells])
    return shown


def _empty(title: str, caption: str, names: Sequence[str]) -> Table:
    """A table with a column for the metric and one for each name."""
    shown = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title=title,
        caption=caption,
        title_justify="left",
        caption_justify="left",
    )
    shown.add_column("metric", no_wrap=True)
    for name in names:
        shown.add_column(name, justify="right", overflow="fold")
    return shown


def _arrow(metric: str) -> str:
    return ARROWS[CARDS[metric].higher_is_better].strip()


def _remark(found: Ceilings) -> str:
    if found.refused:
        return f"ceilings: {found.refused}"
    by_reason: dict[str, list[str]] = {}
    for metric, reason in found.left_out.items():
        by_reason.setdefault(reason, []).append(metric)
    return "; ".join(f"ceilings of {', '.join(metrics)}: {reason}" for reason, metrics in by_reason.items())
