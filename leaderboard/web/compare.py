"""Two methods side by side: one case in numbers and clips, and what can be said over all cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from benchmark.results.comparison import Score, compare_scores, sentence
from leaderboard.tables import number
from leaderboard.web.board import Board, Head, Row
from leaderboard.web.clips import INPUTS, Clip
from leaderboard.web.environment import data_block, page
from leaderboard.web.pages import Site

_MOST_ROWS = 12
"""Rows whose every pair is in a page that no server stands behind."""


@dataclass(frozen=True)
class _Pair:
    """What is compared: two rows, and a case."""

    a: Row
    b: Row
    case: str


def compare_page(site: Site, board: Board, asked: Mapping[str, str]) -> str | None:
    """Two rows of a table on one case; None where the table has no two rows with cases.

    Args:
        asked: parameters of the address: a, b (keys of rows) and case.
    """
    rows = list(board.compared)
    if len(rows) < 2:
        return None
    if site.is_static:
        rows = rows[:_MOST_ROWS]
    by_key = {row.key: row for row in rows}
    a = by_key.get(asked.get("a", ""), rows[0])
    b = by_key.get(asked.get("b", ""), next(row for row in rows if row is not a))
    heads = [head for head in board.heads if not head.is_of_set]
    inside = rows if site.is_static else [a, b]
    cases = _cases(site, inside)
    clips = {row.key: _clips(site, row) for row in inside}
    both = [case for case in cases if case in clips[a.key] and case in clips[b.key]]
    with_clips = [case for case in cases if any(case in clips[key] for key in clips)]
    case = asked.get("case", "")
    pair = _Pair(a, b, case if case in cases else next(iter(both or cases), ""))
    told = [*combinations(rows, 2)] if site.is_static else [(a, b)]
    sentences = {f"{x.key}\n{y.key}": _sentences(site, heads, x, y) for x, y in told if x is not y}
    values = {key: _values(site, by_key[key], heads) for key in clips}
    return page(
        "compare.html.j2",
        root="../",
        here="",
        links=site.links,
        is_static=site.is_static,
        board=board,
        rows=rows,
        pair=pair,
        shown_cases=with_clips,
        other_cases=[one for one in cases if one not in with_clips],
        clips=[clips[row.key].get(pair.case) for row in (a, b)],
        inputs=[
            (name.lower(), name, _inputs(site, a, place).get(pair.case) or _inputs(site, b, place).get(pair.case))
            for place, name in ((1, "Source"), (0, "Driver"))
        ],
        lines=_lines(heads, values, pair, sentences),
        data=data_block(
            {
                "rows": {
                    key: {
                        "label": _label(by_key[key]),
                        "values": values[key],
                        "clips": _clip_data(clips[key]),
                        "driver": _clip_data(_inputs(site, by_key[key], 0)),
                        "source": _clip_data(_inputs(site, by_key[key], 1)),
                    }
                    for key in clips
                },
                "metrics": [head.id for head in heads],
                "sentences": sentences,
            }
        ),
    )


def _label(row: Row) -> str:
    return f"{row.label} (#{row.submission})"


def _cases(site: Site, rows: Sequence[Row]) -> list[str]:
    """Every case that any of the rows has, by name."""
    found = {
        case
        for row in rows
        for (method, _), values in site.cases.of(row.submission or 0).items()
        if method == row.method
        for case in values
    }
    return sorted(found)


def _clips(site: Site, row: Row) -> dict[str, Clip]:
    return {case: clip for (method, case), clip in site.clips(row.submission or 0).items() if method == row.method}


def _inputs(site: Site, row: Row, place: int) -> dict[str, Clip]:
    """Clips of what drove the cases of a submission, or of whom they show, by case."""
    found = site.clips(row.submission or 0).items()
    return {case: clip for (method, case), clip in found if method == INPUTS[place]}


def _clip_data(clips: Mapping[str, Clip]) -> dict[str, Any]:
    return {case: asdict(clip) for case, clip in clips.items()}


def _values(site: Site, row: Row, heads: Sequence[Head]) -> dict[str, dict[str, float]]:
    """Values by case and metric."""
    found: dict[str, dict[str, float]] = {}
    table = site.cases.of(row.submission or 0)
    for head in heads:
        for case, one in table.get((row.method, head.id), {}).items():
            found.setdefault(case, {})[head.id] = one.value
    return found


def _sentences(site: Site, heads: Sequence[Head], a: Row, b: Row) -> dict[str, str]:
    """What can be said of both over all cases, p corrected for the metrics of this page."""
    scores = []
    for row in (a, b):
        table = site.cases.of(row.submission or 0)
        for head in heads:
            cell = row.cells.get(head.id)
            if cell is not None and cell.value is not None:
                cases = table.get((row.method, head.id), {})
                complete = not cell.is_partial
                scores.append(
                    Score(_label(row), head.id, cell.value, head.higher_is_better, head.unit, cases, {}, complete)
                )
    return {one.metric: sentence(one) for one in compare_scores(scores).differences}


def _lines(
    heads: Sequence[Head],
    values: Mapping[str, Mapping[str, Mapping[str, float]]],
    pair: _Pair,
    sentences: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """One line for each metric: both values in this case, and what holds over all cases."""
    told = sentences.get(f"{pair.a.key}\n{pair.b.key}") or sentences.get(f"{pair.b.key}\n{pair.a.key}") or {}
    lines = []
    for head in heads:
        one, other = (values[row.key].get(pair.case, {}).get(head.id) for row in (pair.a, pair.b))
        lines.append(
            {
                "head": head,
                "a": "–" if one is None else number(one),
                "b": "–" if other is None else number(other),
                "told": told.get(head.id, ""),
            }
        )
    return lines
