"""A table of texts, and how it is written: for a terminal, as Markdown, LaTeX or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from feed_dataset.core.jobs.cells import csv_text, md_text, one_line, tex_text

if TYPE_CHECKING:
    from rich.console import Console

_METRIC = "metric"  # the heading of a column of ids
GridFormat = Literal["text", "md", "latex", "csv"]


@dataclass(frozen=True)
class Cell:
    """One text of a table.

    Args:
        best: nothing in its column (or line) is really better.
        small: what stands beside it, in smaller letters where there are any.
        sort: the number by which a page sorts its column, "" for none.
    """

    text: str
    small: str = ""
    best: bool = False
    sort: str = ""


@dataclass(frozen=True)
class Grid:
    """A table.

    Args:
        title: above it.
        header: of each column.
        rows: one cell for each column; a plain text is a cell without anything beside it.
        notes: below it.
        names: so many columns have names, on the left; the others have numbers, aligned to the right.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    notes: tuple[str, ...] = ()
    names: int = 1

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"expected {len(self.header)} cells but got {len(row)} in the row of {row[0]}")


def written(grids: Sequence[Grid], form: Literal["md", "latex", "csv"]) -> str:
    """Tables as text in one of the formats, one after the other."""
    write = {"md": markdown, "latex": latex, "csv": comma_separated}[form]
    return "\n".join(write(grid) for grid in grids)


def markdown(grid: Grid) -> str:
    """As a table of Markdown; the best values are bold."""

    def cell(one: Cell | str) -> str:
        found = _cell(one)
        text = f"**{md_text(found.text)}**" if found.best else md_text(found.text)
        return f"{text} {md_text(found.small)}" if found.small else text

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    rule = f"|{'|'.join([*['---'] * grid.names, *['---:'] * (len(grid.header) - grid.names)])}|"
    rows = [line([cell(one) for one in row]) for row in grid.rows]
    notes = ["", *(f"- {md_text(note)}" for note in grid.notes)] if grid.notes else []
    title = [f"### {md_text(grid.title)}", ""] if grid.title else []
    return "\n".join([*title, line([md_text(one) for one in grid.header]), rule, *rows, *notes, ""])


def latex(grid: Grid) -> str:
    """As a table of LaTeX with the lines of booktabs; the best values are bold."""

    def cell(one: Cell | str) -> str:
        found = _cell(one)
        text = rf"\textbf{{{tex_text(found.text)}}}" if found.best else tex_text(found.text)
        return rf"{text} {{\scriptsize {tex_text(found.small)}}}" if found.small else text

    def line(cells: Sequence[str]) -> str:
        return rf"    {' & '.join(cells)} \\"

    notes = "".join(f" {tex_text(_sentence(note))}" for note in grid.notes)
    lines = [
        "% needs \\usepackage{booktabs, textcomp}",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{tex_text(_sentence(grid.title))}{notes}}}",
        rf"  \begin{{tabular}}{{{'l' * grid.names}{'r' * (len(grid.header) - grid.names)}}}",
        r"    \toprule",
        line([tex_text(one) for one in grid.header]),
        r"    \midrule",
        *(line([cell(one) for one in row]) for row in grid.rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def comma_separated(grid: Grid) -> str:
    """As CSV with a header; no spreadsheet takes a cell for a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([csv_text(one) for one in grid.header])
    for row in grid.rows:
        cells = [_cell(one) for one in row]
        writer.writerow([csv_text(" ".join(part for part in (one.text, one.small) if part)) for one in cells])
    return stream.getvalue()


def show(grid: Grid, console: Console) -> None:
    """Print it on a terminal."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    title = escape(one_line(grid.title)) or None
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title=title, title_justify="left")
    for index, name in enumerate(grid.header):
        table.add_column(
            Text(one_line(name)),
            justify="left" if index < grid.names else "right",
            overflow="fold",
            no_wrap=name == _METRIC,  # half of an id is no id
        )
    for row in grid.rows:
        texts = []
        for one in map(_cell, row):
            text = Text(one_line(one.text), style="bold" if one.best else "")
            texts.append(text.append(f" {one_line(one.small)}", style="dim") if one.small else text)
        table.add_row(*texts)
    console.print(table)
    for note in grid.notes:
        console.print(Text(one_line(note), style="dim"))


def _cell(one: Cell | str) -> Cell:
    return one if isinstance(one, Cell) else Cell(one)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
