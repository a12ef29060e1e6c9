"""Places and ticks of the report's plots."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmark.report.axes import HEIGHT, WIDTH, Axes, range_of, tick_values, tick_words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 1.02, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.87, 1.006, ["0.88", "0.90", "0.92", "0.94", "0.96", "0.98", "1.00"]),
        (-0.6, 14.5, ["0", "2", "4", "6", "8", "10", "12", "14"]),
        (-30, 70, ["\N{MINUS SIGN}20", "0", "20", "40", "60"]),
        (3.2e-7, 9.1e-7, ["0.0000004", "0.0000005", "0.0000006", "0.0000007", "0.0000008", "0.0000009"]),
    ],
)
def test_ticks_are_round_and_told_apart(low: float, high: float, words: list[str]) -> None:
    values = tick_values(low, high)
    assert tick_words(values) == words
    assert all(low <= value <= high for value in values)


@pytest.mark.parametrize("values", [[0.0], [3.0, 3.0], [-1e9], [1e-12, 2e-12], [0.1, 0.1 + 1e-9], [-5.0, 1e6]])
def test_every_range_has_room_and_ticks(values: list[float]) -> None:
    low, high = range_of(values)
    assert low < min(values) <= max(values) < high
    assert 2 <= len(tick_values(low, high)) <= 8


def test_data_land_where_the_ticks_say() -> None:
    axes = Axes((0, 10), (0, 7), title="t")
    axes.dots([(0, 0), (10, 7), (5, 3.5)], "#123456")
    root = ElementTree.fromstring(axes.svg())
    space = "{http://www.w3.org/2000/svg}"
    first, last, middle = [(float(c.get("cx", "")), float(c.get("cy", ""))) for c in root.iter(f"{space}circle")]
    assert middle == pytest.approx(((first[0] + last[0]) / 2, (first[1] + last[1]) / 2), abs=0.02)
    places = {text.text: (float(text.get("x", "")), float(text.get("y", ""))) for text in root.iter(f"{space}text")}
    assert places["10"][0] == last[0]
    assert places["7"][1] == pytest.approx(last[1] + 3, abs=0.01)
    assert 0 < first[0] < last[0] < WIDTH
    assert 0 < last[1] < first[1] < HEIGHT


def test_words_cannot_break_the_picture() -> None:
    axes = Axes((0, 1), (0, 1), title="a < b & c", x_names=['<script>"x"', "two\nlines"], y_label="<y>")
    axes.legend([("<b>", "currentColor", True)])
    texts = [text.text for text in ElementTree.fromstring(axes.svg()).iter("{http://www.w3.org/2000/svg}text")]
    assert {"a < b & c", '<script>"x"', "two", "lines", "<y>", "<b>"} <= set(texts)
