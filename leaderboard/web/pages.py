"""The pages as functions of what is stored and what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from leaderboard.cases import StoredCases
from leaderboard.published import PublishedTable, published_tables
from leaderboard.tables import REPORTED_NOTE
from leaderboard.tiers import Tiers, tiers_of
from leaderboard.web import words
from leaderboard.web.board import SPEED, Board, key_of
from leaderboard.web.clips import ClipsOf, no_clips
from leaderboard.web.downloads import tex_head
from leaderboard.web.environment import data_block, page
from leaderboard.web.plots import Plot, default_plots, plot_of
from leaderboard.web.rows import method_rows, reference_rows
from leaderboard.web.shapes import shapes_of
from leaderboard.web.view import (
    View,
    address,
    default_columns,
    parameters,
    shown_heads,
    shown_references,
    shown_rows,
    view_of,
)

MOST_COMPARED = 24
"""Methods in the tiers of one column: every two of them are compared."""
_MOST_KEPT = 1000  # tiers of columns


@dataclass(frozen=True)
class Link:
    """A page besides the tables, in the head of every page."""

    name: str
    title: str
    address: str


@dataclass(frozen=True)
class Site:
    """Everything that pages are made of.

    Args:
        cases: values of single cases, for tiers and comparisons.
        verdicts: name and sentence of each verdict.
        clips: previews of submissions.
        links: pages besides the tables.
        known_tiers: tiers that were computed before, which do not change.
        is_static: files without a server: nothing answers the parameters of an address, except scripts.
    """

    boards: tuple[Board, ...]
    cases: StoredCases
    verdicts: Mapping[str, str] = field(default_factory=dict)
    clips: ClipsOf = no_clips
    links: tuple[Link, ...] = ()
    is_static: bool = False
    known_tiers: dict[tuple[str, ...], Tiers] = field(default_factory=dict)

    def board(self, slug: str) -> Board | None:
        """A table by its name in addresses."""
        return next((board for board in self.boards if board.slug == slug), None)

    def tiers(self, board: Board, metric: str) -> Tiers:
        """Tiers of the methods of a table in one column."""
        if metric == SPEED:
            return Tiers(metric)
        wanted = {(row.submission, row.method) for row in board.methods}
        rows = tuple(row for row in board.table.rows if (row.submission, row.method) in wanted)
        if len(self.known_tiers) >= _MOST_KEPT:
            self.known_tiers.clear()
        methods = replace(board.table, rows=rows)
        return tiers_of(methods, metric, self.cases, most=MOST_COMPARED, known=self.known_tiers)


def index_page(site: Site) -> str:
    """All tables."""
    cards = []
    for board in site.boards:
        head = board.heads_by_id.get(board.default_sort)
        tiers = site.tiers(board, board.default_sort) if head is not None else Tiers("")
        names = [method for _, method in tiers.groups[0]] if len(tiers.groups) > 1 else []
        leaders = {"title": head.title, "names": names} if head is not None and tiers.n_tested else None
        cards.append({"board": board, "summary": protocol_summary(board.group.protocol), "leaders": leaders})
    return page("index.html.j2", root="", here="index", links=site.links, boards=cards, reported=published_tables())


def paper_page(site: Site) -> str:
    """The paper's tables, apart from everything that was measured."""
    reported = [_printed(table) for table in published_tables()]
    return page("paper.html.j2", root="", here="paper", links=site.links, reported=reported, note=words.REPORTED)


def board_page(site: Site, board: Board, asked: Mapping[str, str]) -> str:
    """One table as its address asks for it.

    Args:
        asked: parameters of the address; x and y name the columns of a plot.
    """
    view = view_of(board, asked)
    methods = shown_rows(board, board.methods, view)
    references = shown_references(board, view)
    heads = board.heads if site.is_static else shown_heads(board, view)
    found = {head.id: site.tiers(board, head.id) for head in heads if head.id != SPEED}
    if view.sort not in found:
        found[view.sort] = site.tiers(board, view.sort)
    sentences = {
        one: words.tiers_sentence(board.heads_by_id.get(one), tiers, len(board.methods)) for one, tiers in found.items()
    }
    shapes = shapes_of(heads, (*board.methods, *board.references))
    places = {row.key: place for place, row in enumerate((*board.methods, *board.references))}
    ordered = board.heads_by_id.get(view.sort)
    falls = ordered is not None and (ordered.higher_is_better is not False) != view.is_reversed
    return page(
        "board.html.j2",
        root="../",
        here="",
        links=site.links,
        is_static=site.is_static,
        board=board,
        view=view,
        summary=words.board_summary(board, protocol_summary(board.group.protocol)),
        siblings=[one for one in site.boards if one.group.protocol == board.group.protocol and one is not board],
        heads=heads,
        defaults=default_columns(board),
        direction="descending" if falls else "ascending",
        sort_links={head.id: address(board, _sorted_by(board, view, head.id)) for head in heads},
        state=address(board, view),
        tex_head=tex_head(board),
        methods=method_rows(
            methods, heads, shown=view.columns, shapes=shapes, tiers=_places(found[view.sort]), places=places
        ),
        references=reference_rows(references, heads, shown=view.columns, shapes=shapes, places=places),
        sentence=sentences[view.sort],
        tier_data=data_block(
            {one: {"sentence": sentences[one], "places": _places(tiers)} for one, tiers in found.items()}
        ),
        told=words.told(len(methods), len(board.methods)),
        stated=words.STATED,
        missing=words.missing_lines(board),
        plots=_plots(board, asked),
        kept=list(parameters(board, view).items()),
        axes={"x": asked.get("x", SPEED), "y": asked.get("y", board.default_sort)},
        reported=[_printed(table) for table in published_tables() if table.id == board.group.protocol],
        reported_note=REPORTED_NOTE,
        verdicts=list(site.verdicts.items()),
    )


@cache
def protocol_summary(name: str) -> str:
    """What a shipped protocol is; "" for one that does not ship."""
    from benchmark.protocols import protocol

    return protocol.load(name).summary if name in protocol.names() else ""


def _sorted_by(board: Board, view: View, column: str) -> View:
    """What a click on a head gives: this column, best first; the other way round if it is the order already."""
    return replace(view, sort=column, is_reversed=column == view.sort and not view.is_reversed)


def _places(tiers: Tiers) -> dict[str, int]:
    """Number of the tier by key of the row; empty where the protocol cannot tell."""
    if not tiers.n_tested:
        return {}
    groups = enumerate(tiers.groups, start=1)
    return {key_of(submission, method): place for place, group in groups for submission, method in group}


def _plots(board: Board, asked: Mapping[str, str]) -> list[Plot]:
    x, y = (board.heads_by_id.get(asked.get(axis, "")) for axis in ("x", "y"))
    if x is not None and y is not None and x is not y:
        plot = plot_of(board, x, y)
        return [] if plot is None else [plot]
    return default_plots(board)


def _printed(table: PublishedTable) -> dict[str, Any]:
    """A printed table with what a template asks of it."""
    return {
        **{name: getattr(table, name) for name in ("id", "title", "setting", "source", "columns", "rows", "notes")},
        "has_asterisk": any(value is None for row in table.rows for value in row.values),
    }
