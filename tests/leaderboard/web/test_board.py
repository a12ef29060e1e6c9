from __future__ import annotations

from collections.abc import Callable

from benchmark.results.schema import Results
from leaderboard.web.board import Board, Cell
from leaderboard.web.pages import Site
from tests.leaderboard.honest import honest


def test_methods_and_reference_rows_are_apart(board: Board) -> None:
    assert [row.method for row in board.methods] == ["alpha", "beta", "gamma"]
    assert [row.method for row in board.references][:1] == ["copy-source"]


def test_a_reference_row_that_came_again_a_little_different_is_shown_once(make_site: Callable[..., Site]) -> None:
    runs = [honest((name, "copy-source"), seed=seed) for name, seed in (("alpha", 1), ("beta", 2))]
    (board,) = make_site(runs).boards
    copies = [row for row in board.references if row.method == "copy-source"]
    assert [row.submission for row in copies] == [1]


def test_a_cell_says_interval_and_coverage(board: Board, submissions: list[Results]) -> None:
    stored = submissions[0].aggregate("alpha", "csim[dlib]")
    assert stored is not None
    cell = board.methods[0].cells["csim[dlib]"]
    assert (cell.value, cell.low, cell.high) == (stored.value, stored.ci_low, stored.ci_high)
    assert cell.coverage == f"{stored.cases_scored} of {stored.cases_expected}"
    assert cell.is_partial is (stored.cases_scored < stored.cases_expected)
    assert cell.interval.startswith("[")


def test_a_cell_without_a_number_says_why(board: Board) -> None:
    assert board.methods[0].cells["csim[arcface]"].note.startswith("not computed: needs ")
    assert Cell(None).text == "–"


def test_headline_metrics_come_first_and_titles_are_without_networks(board: Board) -> None:
    first = board.heads[0]
    assert (first.id, first.title, first.network, first.is_default) == ("csim[dlib]", "CSIM", "dlib", True)
    assert not board.heads_by_id["kid[pytorch-fid]"].is_default
    assert board.default_sort == "csim[dlib]"


def test_addresses_of_tables_are_plain_and_different(make_site: Callable[..., Site]) -> None:
    runs = [honest(limit=None), honest(limit=4, seed=3), honest(limit=5, seed=4)]
    slugs = [board.slug for board in make_site(runs).boards]
    assert slugs[0] == "feed-mini-cross-v4"
    assert len(set(slugs)) == 3
    assert all(slug.startswith("feed-mini-cross-v4") for slug in slugs)
    assert slugs == [board.slug for board in make_site(runs).boards]
