from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

from leaderboard.web.board import SPEED, Board, Cell, Head
from leaderboard.web.plots import default_plots, plot_of


def with_speeds(board: Board, *speeds: float) -> Board:
    rows = tuple(
        replace(row, cells={**row.cells, SPEED: Cell(speed)}) for row, speed in zip(board.methods, speeds, strict=True)
    )
    head = Head(SPEED, "Speed", "frames/s", "", True, True, True)
    return replace(board, methods=rows, heads=(*board.heads, head))


def places(svg: str) -> dict[str, tuple[float, float]]:
    root = ElementTree.fromstring(svg)
    return {
        str(one[0].text): (float(one.attrib["cx"]), float(one.attrib["cy"]))
        for one in root.iter()
        if one.tag.endswith("circle")
    }


def test_dots_lie_where_the_values_are(board: Board) -> None:
    x, y = board.heads_by_id["csim[dlib]"], board.heads_by_id["pose_transfer[mesh478]"]
    plot = plot_of(board, x, y)
    assert plot is not None
    found = places(plot.svg)
    values = {row.method: (row.cells[x.id].value or 0.0, row.cells[y.id].value or 0.0) for row in board.methods}
    assert sorted(values, key=lambda name: values[name][0]) == sorted(values, key=lambda name: found[name][0])
    assert sorted(values, key=lambda name: values[name][1]) == sorted(values, key=lambda name: -found[name][1])


def test_speeds_are_logarithmic(board: Board) -> None:
    fast = with_speeds(board, 1.0, 10.0, 100.0)
    plot = plot_of(fast, fast.heads_by_id[SPEED], fast.heads_by_id["csim[dlib]"])
    assert plot is not None
    x = [places(plot.svg)[name][0] for name in ("alpha", "beta", "gamma")]
    assert abs((x[1] - x[0]) - (x[2] - x[1])) < 0.2


def test_a_plot_has_words_for_those_who_do_not_see_it(board: Board) -> None:
    plot = default_plots(board)[0]
    root = ElementTree.fromstring(plot.svg)
    ids = root.attrib["aria-labelledby"].split()
    named = {one.attrib["id"]: one.text for one in root.iter() if "id" in one.attrib}
    assert root.attrib["role"] == "img"
    assert [named[one] for one in ids] == [
        "Expression transfer [mesh478] against CSIM [dlib]",
        f"{len(plot.rows)} rows. Better is towards the right and top.",
    ]
    assert {row[0] for row in plot.rows} >= {"alpha", "beta", "gamma"}


def test_equal_values_give_a_picture(board: Board) -> None:
    same = with_speeds(board, 25.0, 25.0, 25.0)
    plot = plot_of(same, same.heads_by_id[SPEED], same.heads_by_id["csim[dlib]"])
    assert plot is not None
    assert not re.search("nan|inf", plot.svg)
