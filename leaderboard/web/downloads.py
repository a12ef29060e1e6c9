"""What a table shows as CSV and as LaTeX: the same columns, rows and order.

`static/export.js` writes the same characters in the browser.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from feed_dataset.core.jobs.cells import csv_text, one_line, tex_text
from leaderboard.web.board import EMPTY, Board, Cell, Head, Row
from leaderboard.web.view import View, shown_heads, shown_references, shown_rows

_ARROWS = {True: r" $\uparrow$", False: r" $\downarrow$", None: ""}


def csv_of(board: Board, view: View) -> str:
    """One line for each row; four columns for each metric: value, both ends of its interval, coverage."""
    heads = shown_heads(board, view)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    parts = ("", " low", " high", " cases")
    writer.writerow(["kind", "method", "submission", *(csv_text(head.id) + part for head in heads for part in parts)])
    for row in _rows(board, view):
        numbers = [one for head in heads for one in _numbers(row.cells.get(head.id, EMPTY))]
        writer.writerow([row.kind, csv_text(row.method), "" if row.submission is None else row.submission, *numbers])
    return stream.getvalue()


def tex_of(board: Board, view: View) -> str:
    """A `tabular` that needs no package; intervals stand small beneath values."""
    heads = shown_heads(board, view)
    names = " & ".join(["Method", *(tex_text(_title(head)) + _ARROWS[head.higher_is_better] for head in heads)])
    lines = [
        tex_head(board),
        rf"\begin{{tabular}}{{l{'r' * len(heads)}}}",
        r"\hline",
        rf"{names} \\",
        r"\hline",
    ]
    kind = "method"
    for row in _rows(board, view):
        if row.kind != kind:
            lines.append(r"\hline")
            kind = row.kind
        cells = " & ".join([tex_text(row.method), *(_tex(row.cells.get(head.id, EMPTY)) for head in heads)])
        lines.append(rf"{cells} \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}", ""])


def tex_head(board: Board) -> str:
    """The comment on top, which says what the numbers are of."""
    return one_line(f"% {board.title}, data {board.group.data_name} {board.group.data_digest[:12]}")


def _rows(board: Board, view: View) -> Iterator[Row]:
    yield from shown_rows(board, board.methods, view)
    yield from shown_references(board, view)


def _numbers(cell: Cell) -> list[str]:
    ends = (None, None) if cell.low is None or cell.high is None else (cell.low, cell.high)
    return [*("" if one is None else repr(one) for one in (cell.value, *ends)), csv_text(cell.coverage)]


def _title(head: Head) -> str:
    return f"{head.title} [{head.network}]" if head.network else head.title


def _tex(cell: Cell) -> str:
    interval = rf" {{\tiny {cell.interval}}}" if cell.interval else ""
    return "--" if cell.value is None else f"{cell.text}{interval}"
