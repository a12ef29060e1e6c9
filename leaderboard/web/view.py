"""What a viewer asked of a table: read from the address, written back into one, and applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from leaderboard.web.board import EMPTY, Board, Head, Row

_MOST_CHARS = 200


@dataclass(frozen=True)
class View:
    """Order, columns and filter of a table.

    Args:
        sort: id of the column that rows are ordered by; "" keeps the order of submission.
        is_reversed: worst first.
        columns: ids of the shown columns, in the order of the table.
        words: rows must have each of these words in their method, licence, verdict or training.
    """

    sort: str
    is_reversed: bool
    columns: tuple[str, ...]
    words: str


def view_of(board: Board, asked: Mapping[str, str]) -> View:
    """Read an address; what names no column of this table is left out.

    Args:
        asked: parameters of the address: sort, order, metrics, filter.
    """
    known = board.heads_by_id
    listed = set(asked.get("metrics", "").split(","))
    columns = tuple(head.id for head in board.heads if head.id in listed) or default_columns(board)
    sort = asked.get("sort", "")
    return View(
        sort=sort if sort in known else board.default_sort,
        is_reversed=asked.get("order") == "worst",
        columns=columns,
        words=asked.get("filter", "")[:_MOST_CHARS],
    )


def default_columns(board: Board) -> tuple[str, ...]:
    """What is shown to a viewer who chose nothing."""
    return tuple(head.id for head in board.heads if head.is_default) or tuple(head.id for head in board.heads[:6])


def address(board: Board, view: View) -> str:
    """The part of an address that gives this view again; "" for what everybody sees first."""
    asked = parameters(board, view)
    return f"?{urlencode(asked)}" if asked else ""


def parameters(board: Board, view: View) -> dict[str, str]:
    """The parameters that give this view again: what differs from what everybody sees first."""
    asked = {}
    if view.sort != board.default_sort:
        asked["sort"] = view.sort
    if view.is_reversed:
        asked["order"] = "worst"
    if view.columns != default_columns(board):
        asked["metrics"] = ",".join(view.columns)
    if view.words:
        asked["filter"] = view.words
    return asked


def shown_heads(board: Board, view: View) -> tuple[Head, ...]:
    """Heads of the shown columns."""
    known = board.heads_by_id
    return tuple(known[one] for one in view.columns)


def shown_references(board: Board, view: View) -> tuple[Row, ...]:
    """Reference rows in order; a filter is of methods."""
    return shown_rows(board, board.references, replace(view, words=""))


def shown_rows(board: Board, rows: Sequence[Row], view: View) -> tuple[Row, ...]:
    """Rows that pass the filter, in order; those without a value come last, whatever the order."""
    words = view.words.casefold().split()
    kept = [row for row in rows if all(word in row.words for word in words)]
    head = board.heads_by_id.get(view.sort)
    if head is None:
        return tuple(kept)
    falls = (head.higher_is_better is not False) != view.is_reversed

    def key(row: Row) -> tuple[bool, float]:
        value = row.cells.get(head.id, EMPTY).value
        return value is None, 0.0 if value is None else -value if falls else value

    return tuple(sorted(kept, key=key))
