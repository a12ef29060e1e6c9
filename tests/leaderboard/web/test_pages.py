"""Pages without a script: what is in them, where it stands, and that names stay names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from benchmark.results.schema import Results
from leaderboard.published import published_tables
from leaderboard.web.board import Board
from leaderboard.web.compare import compare_page
from leaderboard.web.pages import Site, board_page, index_page, paper_page
from leaderboard.web.site import site_files
from leaderboard.web.submission import submission_page
from tests.leaderboard.honest import honest

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


class Page(HTMLParser):
    """Elements of a page with their attributes, and text of cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self._is_in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self._is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._is_in_cell = self._is_in_cell and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self._is_in_cell:
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_a_table_is_a_table(site: Site, board: Board) -> None:
    page = Page(board_page(site, board, {}))
    heads = [one for one in page.all("th") if one.get("scope") == "col"]
    assert page.all("caption")
    assert len(heads) >= 2 + len([head for head in board.heads if head.is_default])
    assert [one["aria-sort"] for one in heads if "aria-sort" in one] == ["descending"]
    assert len([one for one in page.all("th") if one.get("scope") == "row"]) >= len(board.methods)


def test_the_address_decides_order_columns_and_rows(site: Site, board: Board) -> None:
    asked = {"sort": "gaze_error_deg[iris]", "metrics": "gaze_error_deg[iris]", "filter": "beta"}
    page = Page(board_page(site, board, asked))
    assert [one["data-id"] for one in page.all("th") if "data-id" in one] == ["gaze_error_deg[iris]"]
    assert [one["data-key"] for one in page.all("tr") if "data-words" in one] == ["2:beta"]
    assert [one["aria-sort"] for one in page.all("th") if "aria-sort" in one] == ["ascending"]


def test_heads_are_links_that_sort_and_turn_the_order_round(site: Site, board: Board) -> None:
    page = Page(board_page(site, board, {}))
    links = [one["href"] for one in page.all("a") if one.get("class") == "sort"]
    assert links[0] == "feed-mini-cross-v4.html?order=worst"
    assert links[1] == "feed-mini-cross-v4.html?sort=expression_transfer%5Bmesh478%5D"


def test_beside_each_score_stand_interval_and_coverage(site: Site, board: Board) -> None:
    page = Page(board_page(site, board, {}))
    row = next(row for row in page.rows if row and row[0].startswith("alpha"))
    assert re.fullmatch(r"-?\d\.\d{3}\[-?\d\.\d{3}, -?\d\.\d{3}\]27 of 28", row[2])


def test_tiers_name_no_winner_where_none_can_be_told(site: Site, board: Board) -> None:
    tiers = site.tiers(board, "csim[dlib]")
    assert tiers.n_tested == 3
    assert sorted(one for group in tiers.groups for one in group) == [(1, "alpha"), (2, "beta"), (2, "gamma")]
    text = board_page(site, board, {})
    assert "Holm-corrected for 3 comparisons" in text


def test_values_of_the_whole_set_have_no_tiers(site: Site, board: Board) -> None:
    text = board_page(site, board, {"sort": "fd[dlib]"})
    assert "is one value of the whole set, without cases to compare" in text
    assert "data-tier=" not in text


def test_reported_tables_are_on_a_page_of_their_own_value_by_value(site: Site) -> None:
    page = Page(paper_page(site))
    for table in published_tables():
        for printed in table.rows:
            texts = [column.text(value) for column, value in zip(table.columns, printed.values, strict=True)]
            assert [printed.method, *texts] in page.rows, (table.id, printed.method)
    assert "as printed in the paper" in paper_page(site)


def test_no_measured_row_is_in_a_reported_table(site: Site, board: Board) -> None:
    assert "alpha" not in paper_page(site)
    assert "MegaPortraits" not in board_page(site, board, {})


def test_a_protocol_of_the_paper_shows_the_printed_table_apart(make_site: Callable[..., Site]) -> None:
    results = honest(limit=None)
    named = results.model_copy(
        update={"protocol": results.protocol.model_copy(update={"name": "paper-table3-mead", "version": "1"})}
    )
    site = make_site([named])
    text = board_page(site, site.boards[0], {})
    section = text.index('class="reported"')
    assert text.index('id="board"') < section < text.index("MegaPortraits")


@pytest.mark.parametrize("name", [HOSTILE, "javascript:alert(1)", "a\u202eb", "=cmd()", "x" * 200])
def test_names_stay_names(make_site: Callable[..., Site], name: str) -> None:
    results = honest(("plain", "other"), limit=None)
    text = (
        results.to_json()
        .replace('"plain"', json.dumps(name))
        .replace('"licence": "MIT"', f'"licence": {json.dumps(name)}')
    )
    site = make_site([Results.model_validate_json(text)])
    (board,) = site.boards
    pages = [
        index_page(site),
        board_page(site, board, {"filter": name, "sort": name, "metrics": name}),
        board_page(site, board, {}),
        compare_page(site, board, {"a": f"1:{name}", "case": name}) or "",
        submission_page(site, 1, text),
    ]
    for one in pages:
        page = Page(one)
        assert all("src" in script or script.get("type") == "application/json" for script in page.all("script"))
        assert not page.all("img")
        assert not [a for _, a in page.elements if any(key.startswith("on") for key in a)]
        assert not [a for _, a in page.elements if str(a.get("href", "")).startswith("javascript:")]
        assert "\u202e" not in one


def test_pages_run_no_script_but_their_own_files(site: Site, board: Board) -> None:
    for text in (index_page(site), board_page(site, board, {}), paper_page(site)):
        page = Page(text)
        (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
        assert policy is not None and "script-src 'self'" in policy and "unsafe" not in policy
        assert not page.all("style")
        assert not [a for _, a in page.elements if "style" in a]
        addresses = [a.get("src") or a.get("href") or "" for _, a in page.elements]
        assert not [one for one in addresses if one.startswith(("http:", "https:", "//", "/"))]


def test_a_page_of_a_submission_says_where_its_numbers_come_from(site: Site, submissions: list[Results]) -> None:
    results = submissions[0]
    text = submission_page(site, 1, results.to_json())
    for wanted in (
        results.protocol.case_list_sha256,
        results.data.digest,
        *results.networks.values(),
        results.failures[0].case_id,
        "self-reported",
        'href="1.json"',
    ):
        assert wanted in text


def test_two_methods_are_compared_in_a_case_and_over_all(site: Site, board: Board, submissions: list[Results]) -> None:
    case = submissions[0].protocol.case_ids[3]
    text = compare_page(site, board, {"a": "1:alpha", "b": "2:gamma", "case": case})
    assert text is not None
    page = Page(text)
    values = [submissions[i].case_rows(name, "csim[dlib]")[3].value for i, name in ((0, "alpha"), (1, "gamma"))]
    row = next(row for row in page.rows if row[0].startswith("CSIM") and "dlib" in row[0])
    assert row[1:3] == [f"{value:.3f}" for value in values]
    assert "alpha (#1)" in row[3] and "gamma (#2)" in row[3]
    assert "No clip of this case was submitted." in text


def test_static_files_lead_only_to_each_other(make_site: Callable[..., Site], submissions: list[Results]) -> None:
    site = make_site(submissions, is_static=True)
    documents = {number: one.to_json() for number, one in enumerate(submissions, start=1)}
    files = dict(site_files(site, documents))
    for name, content in files.items():
        if not name.endswith(".html"):
            continue
        for _, attributes in Page(content.decode()).elements:
            address = attributes.get("href") or attributes.get("src")
            if not address or address.startswith("#"):
                continue
            folder = name.rpartition("/")[0]
            parts = [*folder.split("/"), *address.partition("#")[0].partition("?")[0].split("/")]
            path: list[str] = []
            for part in filter(None, parts):
                path = path[:-1] if part == ".." else [*path, part]
            assert "/".join(path) in files, (name, address)


def test_static_tables_are_readable_without_a_script(
    make_site: Callable[..., Site], submissions: list[Results]
) -> None:
    site = make_site(submissions, is_static=True)
    page = Page(board_page(site, site.boards[0], {}))
    assert [one for one in page.all("form") if "hidden" not in one] == []
    assert not [one for one in page.all("a") if one.get("class") == "sort"]
    assert len([one for one in page.all("tr") if "data-words" in one]) == 3


def test_the_same_store_gives_the_same_files(make_site: Callable[..., Site], submissions: list[Results]) -> None:
    documents = {number: one.to_json() for number, one in enumerate(submissions, start=1)}
    first, second = (dict(site_files(make_site(submissions, is_static=True), documents)) for _ in range(2))
    assert first == second
