from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from leaderboard.web.board import Board
from leaderboard.web.view import address, default_columns, shown_rows, view_of


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"sort": "pose_transfer[mesh478]"},
        {"sort": "gaze_error_deg[iris]", "order": "worst", "metrics": "csim[dlib],auc_z", "filter": "Beta self"},
        {"filter": 'a&b=c "<'},
    ],
)
def test_an_address_gives_its_view_again(board: Board, asked: dict[str, str]) -> None:
    view = view_of(board, asked)
    assert view_of(board, dict(parse_qsl(address(board, view).removeprefix("?")))) == view


def test_what_everybody_sees_first_has_no_parameters(board: Board) -> None:
    assert address(board, view_of(board, {})) == ""


def test_what_names_no_column_is_left_out(board: Board) -> None:
    view = view_of(board, {"sort": "no-such", "metrics": "no-such", "order": "sideways"})
    assert view == view_of(board, {})
    assert view.columns == default_columns(board)


@pytest.mark.parametrize(("metric", "best"), [("pose_transfer[mesh478]", max), ("gaze_error_deg[iris]", min)])
def test_best_comes_first_by_the_direction_of_the_metric(board: Board, metric: str, best: object) -> None:
    values = {row.method: row.cells[metric].value or 0.0 for row in board.methods}
    wanted = sorted(values, key=lambda name: values[name], reverse=best is max)
    assert [r.method for r in shown_rows(board, board.methods, view_of(board, {"sort": metric}))] == wanted
    worst = view_of(board, {"sort": metric, "order": "worst"})
    assert [r.method for r in shown_rows(board, board.methods, worst)] == wanted[::-1]


def test_rows_without_a_value_are_last_in_both_orders(board: Board) -> None:
    for order in ("best", "worst"):
        view = view_of(board, {"sort": "csim[arcface]", "order": order})
        assert [row.method for row in shown_rows(board, board.methods, view)] == ["alpha", "beta", "gamma"]


def test_every_word_of_a_filter_must_be_there(board: Board) -> None:
    def found(words: str) -> list[str]:
        return [row.method for row in shown_rows(board, board.methods, view_of(board, {"filter": words, "sort": "x"}))]

    assert found("ALPHA") == ["alpha"]
    assert set(found("mit")) == {"alpha", "beta", "gamma"}
    assert found("mit beta") == ["beta"]
    assert found("nobody") == []
