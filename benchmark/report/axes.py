"""A pair of axes as SVG text: ticks, grid, lines, dots and words. Ink takes the page's text colour."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

WIDTH, HEIGHT = 260.0, 194.0
_FONT, _SMALL, _LARGE = 9, 8, 10
_TOP, _RIGHT = 20.0, 8.0
_CHARACTER = 0.56  # mean width of a letter of a sans-serif font, in units of its size
_DIGIT = 0.62
_MOST_TICKS = 8
_MARGIN = 0.05  # of the values' range, left free above and below
_ROUNDING = 1e-12  # relative

Point = tuple[float, float]


class Axes:
    """Draws in the units of its data; `svg()` is the picture.

    Args:
        x, y: (first, last) value of each axis.
        title: above, on the left.
        x_names: words below whole numbers 0, 1, ... in place of the numbers; "\\n" begins a new line.
        x_label, y_label: what the axes show.
    """

    def __init__(
        self,
        x: Point,
        y: Point,
        *,
        title: str,
        x_names: Sequence[str] = (),
        x_label: str = "",
        y_label: str = "",
    ) -> None:
        self._x, self._y = x, y
        ticks = tick_values(*y)
        words = tick_words(ticks)
        lines = max((name.count("\n") + 1 for name in x_names), default=1) + (1 if x_label else 0)
        self._left = 9 + _FONT * _DIGIT * max(map(len, words), default=0) + (_FONT + 4 if y_label else 0)
        self._bottom = HEIGHT - 7 - (_FONT + 2) * lines
        self._parts: list[str] = []
        self._text(self._left, _TOP - 8, title, size=_LARGE)
        for value, word in zip(ticks, words, strict=True):
            self._y_tick(value, word, has_grid=bool(x_names))
        for value, word in self._x_ticks(x_names):
            self._x_tick(value, word)
        if x_label:
            self._text((self._left + WIDTH - _RIGHT) / 2, HEIGHT - 4, x_label, anchor="middle")
        if y_label:
            self._text(_FONT, (_TOP + self._bottom) / 2, y_label, anchor="middle", turned=True)
        corner = f"M{_px(self._left)} {_px(_TOP)}V{_px(self._bottom)}H{_px(WIDTH - _RIGHT)}"
        self._parts.append(f'<path d="{corner}" fill="none" stroke="currentColor" stroke-width="0.7"/>')

    def dots(self, points: Iterable[Point], colour: str) -> None:
        """A round mark at each point."""
        marks = "".join(f'<circle cx="{x}" cy="{y}" r="2.1"/>' for x, y in map(self._place, points))
        self._parts.append(f'<g fill="{colour}" fill-opacity="0.75">{marks}</g>')

    def diamond(self, point: Point, colour: str) -> None:
        """A mark that stands out."""
        x, y = self._place(point)
        self._parts.append(f'<path d="M{x} {y}m-4 0l4 -4l4 4l-4 4z" fill="{colour}"/>')

    def line(self, points: Iterable[Point], colour: str = "currentColor", *, dotted: bool = False) -> None:
        """Straight from each point to the next."""
        way = "L".join(f"{x} {y}" for x, y in map(self._place, points))
        dashes = ' stroke-width="0.9" stroke-dasharray="0.9 1.5"' if dotted else ' stroke-width="1.6"'
        self._parts.append(f'<path d="M{way}" fill="none" stroke="{colour}"{dashes} stroke-linejoin="round"/>')

    def area(self, points: Iterable[Point], colour: str) -> None:
        """What the points surround."""
        way = "L".join(f"{x} {y}" for x, y in map(self._place, points))
        self._parts.append(f'<path d="M{way}Z" fill="{colour}" fill-opacity="0.55"/>')

    def words(self, point: Point, text: str) -> None:
        """Beside a point, on its left where there is more room."""
        x, y = (float(place) for place in self._place(point))
        is_left = x > (self._left + WIDTH) / 2
        self._text(x - 5 if is_left else x + 5, y + 3, text, size=_SMALL, anchor="end" if is_left else "start")

    def mark(self, at: float, first: float, last: float) -> None:
        """An upright line, which a page moves: its attributes say where `first` and `last` are."""
        place, begin, end = (self._place((value, self._y[0]))[0] for value in (at, first, last))
        line = f'x1="{place}" x2="{place}" y1="{_px(_TOP)}" y2="{_px(self._bottom)}"'
        moves = f'class="mark" data-first="{begin}" data-last="{end}"'
        self._parts.append(f'<line {moves} {line} stroke="currentColor" stroke-width="0.8"/>')

    def legend(self, entries: Sequence[tuple[str, str, bool]]) -> None:
        """(words, colour, dotted) of each line, at the bottom on the right."""
        width = _SMALL * _CHARACTER * max(len(words) for words, _, _ in entries)
        for place, (words, colour, dotted) in enumerate(reversed(entries)):
            x, y = WIDTH - _RIGHT - 4 - width, self._bottom - 7 - place * (_SMALL + 4)
            dashes = 'stroke-width="0.9" stroke-dasharray="0.9 1.5"' if dotted else 'stroke-width="1.6"'
            self._parts.append(f'<path d="M{_px(x - 20)} {_px(y - 3)}h15" stroke="{colour}" {dashes}/>')
            self._text(x, y, words, size=_SMALL)

    def svg(self) -> str:
        """The picture."""
        size = f'width="{WIDTH:g}pt" height="{HEIGHT:g}pt" viewBox="0 0 {WIDTH:g} {HEIGHT:g}"'
        font = f'font-family="sans-serif" font-size="{_FONT}" fill="currentColor"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>{"".join(self._parts)}</svg>'

    def _place(self, point: Point) -> tuple[str, str]:
        right = (point[0] - self._x[0]) / (self._x[1] - self._x[0])
        up = (point[1] - self._y[0]) / (self._y[1] - self._y[0])
        x = self._left + right * (WIDTH - _RIGHT - self._left)
        return _px(x), _px(self._bottom - up * (self._bottom - _TOP))

    def _x_ticks(self, names: Sequence[str]) -> Iterable[tuple[float, str]]:
        if names:
            return enumerate(names)
        values = tick_values(*self._x)
        return zip(values, tick_words(values), strict=True)

    def _y_tick(self, value: float, word: str, *, has_grid: bool) -> None:
        y = self._place((self._x[0], value))[1]
        if has_grid:
            grid = f'<path d="M{_px(self._left)} {y}H{_px(WIDTH - _RIGHT)}"'
            self._parts.append(f'{grid} stroke="currentColor" stroke-opacity="0.4" stroke-width="0.4"/>')
        self._parts.append(f'<path d="M{_px(self._left)} {y}h-3" stroke="currentColor" stroke-width="0.7"/>')
        self._text(self._left - 5, float(y) + 3, word, anchor="end")

    def _x_tick(self, value: float, words: str) -> None:
        x = self._place((value, self._y[0]))[0]
        self._parts.append(f'<path d="M{x} {_px(self._bottom)}v3" stroke="currentColor" stroke-width="0.7"/>')
        for row, word in enumerate(words.split("\n")):
            self._text(float(x), self._bottom + 4 + (_FONT + 1) * (row + 1), word, anchor="middle")

    def _text(
        self, x: float, y: float, words: str, *, size: int = _FONT, anchor: str = "start", turned: bool = False
    ) -> None:
        attributes = f'x="{_px(x)}" y="{_px(y)}"'
        if size != _FONT:
            attributes += f' font-size="{size}"'
        if anchor != "start":
            attributes += f' text-anchor="{anchor}"'
        if turned:
            attributes += f' transform="rotate(-90 {_px(x)} {_px(y)})"'
        self._parts.append(f"<text {attributes}>{escape(words)}</text>")


def range_of(values: Iterable[float]) -> Point:
    """(first, last) value of an axis that shows all of them with some room; a single value is in the middle."""
    found = list(values)
    low, high = min(found), max(found)
    room = max(abs(high), 1.0) * _MARGIN if is_one_value(low, high) else _MARGIN * (high - low)
    return low - room, high + room


def is_one_value(low: float, high: float) -> bool:
    """Whether two ends differ by rounding alone: a similarity of a picture to itself is 1 give or take 1e-16."""
    return high - low <= _ROUNDING * max(abs(low), abs(high))


def tick_values(low: float, high: float) -> list[float]:
    """Round numbers between two values: at most 8, in steps of 1, 2, 2.5 or 5 times a power of ten."""
    decade = 10.0 ** math.floor(math.log10((high - low) / _MOST_TICKS))
    steps = (factor * decade for factor in (1.0, 2.0, 2.5, 5.0, 10.0))
    step = next(one for one in steps if math.floor(high / one) - math.ceil(low / one) < _MOST_TICKS)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def tick_words(values: Sequence[float]) -> list[str]:
    """The numbers with as many decimals as tell them apart."""
    if not values:
        return []
    step = values[1] - values[0] if len(values) > 1 else values[0]
    decimals = next((n for n in range(12) if abs(round(step, n) - step) < 1e-9 * max(abs(step), 1e-300)), 12)
    return [f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for value in values]


def _px(value: float) -> str:
    """A coordinate without needless digits."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
