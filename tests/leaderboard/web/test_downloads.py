from __future__ import annotations

import csv
import io

from leaderboard.web.board import Board
from leaderboard.web.downloads import csv_of, tex_of
from leaderboard.web.view import view_of


def test_csv_has_the_shown_columns_rows_and_order(board: Board) -> None:
    view = view_of(board, {"sort": "gaze_error_deg[iris]", "metrics": "gaze_error_deg[iris]", "filter": "a"})
    head, *lines = csv.reader(io.StringIO(csv_of(board, view)))
    parts = ("", " low", " high", " cases")
    assert head == ["kind", "method", "submission", *(f"gaze_error_deg[iris]{part}" for part in parts)]
    methods = [line for line in lines if line[0] == "method"]
    assert "exact-render" in [line[1] for line in lines if line[0] == "reference"]  # a filter is of methods
    values = {row.method: row.cells["gaze_error_deg[iris]"] for row in board.methods}
    assert [line[1] for line in methods] == sorted(values, key=lambda name: values[name].value or 0.0)
    for _, name, _, value, low, high, coverage in methods:
        cell = values[name]
        assert (float(value), float(low), float(high), coverage) == (cell.value, cell.low, cell.high, cell.coverage)


def test_latex_is_one_line_a_row(board: Board) -> None:
    text = tex_of(board, view_of(board, {"metrics": "csim[dlib],pose_transfer[mesh478]"}))
    assert r"\begin{tabular}{lrr}" in text
    assert r"Method & CSIM [dlib] $\uparrow$ & Pose transfer [mesh478] $\uparrow$ \\" in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 1 + len(board.methods) + len(board.references)
    cell = board.methods[0].cells["csim[dlib]"]
    assert f"alpha & {cell.text} {{\\tiny {cell.interval}}}" in text
