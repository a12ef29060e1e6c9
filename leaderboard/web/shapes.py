"""The small bar in a cell: where a value and its interval lie between the lowest and the highest of its column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaderboard.web.board import Cell, Head, Row

_MOST_ROWS = 100
"""Tables with more rows have no bars: their pages would be twice as large."""


@dataclass(frozen=True)
class Shape:
    """Places in percent of the column's width."""

    at: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Shapes:
    """Bars by column and row."""

    found: Mapping[tuple[str, str], Shape]

    def of(self, column: str, key: str) -> Shape | None:
        """The bar of a cell; None where it has none."""
        return self.found.get((column, key))


def shapes_of(heads: Sequence[Head], rows: Sequence[Row]) -> Shapes:
    """Bars of a table that is small enough for them."""
    found: dict[tuple[str, str], Shape] = {}
    if len(rows) > _MOST_ROWS:
        return Shapes(found)
    for head in heads:
        cells = {
            row.key: cell for row in rows if (cell := row.cells.get(head.id)) is not None and cell.value is not None
        }
        ends = [end for cell in cells.values() for end in _ends(cell)]
        if len(cells) < 2 or min(ends) == max(ends):
            continue
        low, width = min(ends), max(ends) - min(ends)
        for key, cell in cells.items():
            places = [round(100 * (end - low) / width, 1) for end in _ends(cell)]
            found[head.id, key] = Shape(places[0], *((places[1], places[2]) if len(places) == 3 else (None, None)))
    return Shapes(found)


def _ends(cell: Cell) -> list[float]:
    ends = [] if cell.low is None or cell.high is None else [cell.low, cell.high]
    return [cell.value or 0.0, *ends]
