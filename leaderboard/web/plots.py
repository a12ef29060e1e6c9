"""Plots of one column against another as SVG: dots with names, and words for those who do not see them.

Ink takes the page's text colour, so one picture serves light and dark.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from leaderboard.tables import number
from leaderboard.web.board import EMPTY, SPEED, Board, Head, Row

_WIDTH, _HEIGHT = 420.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 14.0, 14.0, 44.0
_MOST_NAMED = 16
_MOST_LISTED = 60
_MOST_CHARACTERS = 40
_CHARACTER = 6.3  # width of a letter of the labels


@dataclass(frozen=True)
class Plot:
    """One picture with its caption and, for a readable number of methods, its numbers."""

    svg: Markup
    caption: str
    x: str
    y: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class _Scale:
    """Values onto pixels."""

    low: float
    high: float
    first: float
    last: float
    is_log: bool = False

    def at(self, value: float) -> float:
        low, high, value = (math.log10(one) if self.is_log else one for one in (self.low, self.high, value))
        return self.first + (value - low) / (high - low) * (self.last - self.first)

    def ticks(self) -> list[float]:
        if self.is_log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            found = [step * 10.0**power for power in powers for step in (1, 2, 5)]
        else:
            step = _step((self.high - self.low) / 5)
            first = math.ceil(self.low / step)
            found = [(first + i) * step for i in range(7)]
        return [one for one in found if self.low <= one <= self.high]


def default_plots(board: Board) -> list[Plot]:
    """Quality against speed, and the first two columns against each other, where methods have both."""
    shown = [head for head in board.heads if head.is_default]
    quality = [head for head in shown if head.id != SPEED]
    pairs = []
    if SPEED in board.heads_by_id and quality:
        pairs.append((board.heads_by_id[SPEED], quality[0]))
    if len(quality) > 1:
        pairs.append((quality[0], quality[1]))
    return [plot for x, y in pairs if (plot := plot_of(board, x, y)) is not None]


def plot_of(board: Board, x: Head, y: Head) -> Plot | None:
    """All rows that have both values; None where there is none.

    Args:
        x, y: columns; that of speeds is drawn on a logarithmic axis.
    """
    rows = [
        row for row in (*board.methods, *board.references) if _value(row, x) is not None and _value(row, y) is not None
    ]
    points = [(row, _value(row, x) or 0.0, _value(row, y) or 0.0) for row in rows]
    points = [point for point in points if x.id != SPEED or point[1] > 0]
    if not any(row.kind == "method" for row, _, _ in points):
        return None
    across = _scale([one for _, one, _ in points], _LEFT, _WIDTH - _RIGHT, is_log=x.id == SPEED)
    up = _scale([one for _, _, one in points], _HEIGHT - _BOTTOM, _TOP, is_log=y.id == SPEED)
    caption = f"{_words(y)} against {_words(x)}"
    best = [_best_corner(x, "right", "left"), _best_corner(y, "top", "bottom")]
    corner = " and ".join(word for word in best if word)
    described = f"{len(points)} rows. " + (f"Better is towards the {corner}." if corner else "")
    parts = [*_axes(across, up, x, y), *_marks(points, across, up)]
    name = f"plot-{_plain(x.id)}-{_plain(y.id)}"
    svg = (
        f'<svg class="plot" role="img" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(caption)}</title><desc id="{name}-d">{escape(described)}</desc>'
        f"{''.join(parts)}</svg>"
    )
    listed = tuple((row.label, number(a), number(b)) for row, a, b in points)
    rows_shown = listed if len(listed) <= _MOST_LISTED else ()
    return Plot(Markup(svg), f"{caption}. {described}".strip(), _words(x), _words(y), rows_shown)


def _axes(across: _Scale, up: _Scale, x: Head, y: Head) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = [
        f'<path class="grid" d="M{_LEFT:g} {up.at(tick):.1f}H{right:g}"/>'
        f'<text class="tick" x="{_LEFT - 6:g}" y="{up.at(tick) + 3.5:.1f}" text-anchor="end">{_tick(tick)}</text>'
        for tick in up.ticks()
    ]
    parts += [
        f'<path class="grid" d="M{across.at(tick):.1f} {_TOP:g}V{bottom:g}"/>'
        f'<text class="tick" x="{across.at(tick):.1f}" y="{bottom + 15:g}" text-anchor="middle">{_tick(tick)}</text>'
        for tick in across.ticks()
    ]
    middle = (_TOP + bottom) / 2
    return [
        *parts,
        f'<text class="axis" x="{right:g}" y="{_HEIGHT - 8:g}" text-anchor="end">{escape(_words(x))} {_way(x)}</text>',
        f'<text class="axis" transform="translate(12 {middle:g}) rotate(-90)" text-anchor="middle">'
        f"{escape(_words(y))} {_way(y)}</text>",
    ]


def _marks(points: Sequence[tuple[Row, float, float]], across: _Scale, up: _Scale) -> list[str]:
    parts = []
    named = len(points) <= _MOST_NAMED
    places: list[tuple[float, float]] = []
    for row, a, b in points:
        x, y = across.at(a), up.at(b)
        kind = "dot" if row.kind == "method" else "dot reference"
        parts.append(
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"><title>{escape(row.label)}</title></circle>'
        )
        if named:
            width = _CHARACTER * len(row.label[:_MOST_CHARACTERS])
            is_left = x + 10 + width > _WIDTH
            label = y + 3.5
            while any(abs(label - other) < 11 and abs(x - beside) < width + 12 for beside, other in places):
                label += 11
            places.append((x, label))
            anchor = ' text-anchor="end"' if is_left else ""
            kind = "name" if row.kind == "method" else "name reference"
            text = escape(row.label[:_MOST_CHARACTERS])
            parts.append(
                f'<text class="{kind}" x="{x - 8 if is_left else x + 8:.1f}" y="{label:.1f}"{anchor}>{text}</text>'
            )
    return parts


def _scale(values: Sequence[float], first: float, last: float, *, is_log: bool) -> _Scale:
    low, high = min(values), max(values)
    if is_log:
        return _Scale(low / 1.4, high * 1.4, first, last, is_log=True)
    reach = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return _Scale(low - reach, high + reach, first, last)


def _step(about: float) -> float:
    power = 10.0 ** math.floor(math.log10(about))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= about)


def _tick(value: float) -> str:
    return f"{value:.6g}"


def _value(row: Row, head: Head) -> float | None:
    return row.cells.get(head.id, EMPTY).value


def _words(head: Head) -> str:
    network = f" [{head.network}]" if head.network else ""
    return f"{head.title}{network}" + (f", {head.unit}" if head.unit else "")


def _way(head: Head) -> str:
    return {True: "↑", False: "↓", None: ""}[head.higher_is_better]


def _best_corner(head: Head, high: str, low: str) -> str:
    return {True: high, False: low, None: ""}[head.higher_is_better]


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "-" for c in name)
