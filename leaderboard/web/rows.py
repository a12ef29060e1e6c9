"""Rows of a table as HTML. A table has thousands of cells, so they are not templates; all text in them is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup, escape

from leaderboard.web.board import EMPTY, Cell, Head, Row
from leaderboard.web.shapes import Shape, Shapes


def cell_html(cell: Cell, shape: Shape | None = None, *, is_hidden: bool = False) -> Markup:
    """A number with its bar, interval and coverage, or why there is none.

    Example:
        >>> from leaderboard.web.board import Cell
        >>> str(cell_html(Cell(0.5, coverage="4 of 4")))
        '<td data-v="0.5"><b>0.500</b><span class="n">4 of 4</span></td>'
    """
    value = "" if cell.value is None else f' data-v="{cell.value!r}"'
    ends = "" if not cell.interval else f' data-ends="{cell.low!r} {cell.high!r}"'
    hidden = " hidden" if is_hidden else ""
    stated = '<abbr class="stated" title="as stated by the submitter">†</abbr>' if cell.is_stated else ""
    if cell.note:
        why = f'<span class="unseen">{escape(cell.note)}</span>'
        inner = f'<span class="none"><span aria-hidden="true">–</span>{why}</span>'
    else:
        inner = f"<b>{cell.text}</b>{stated}{'' if shape is None else _bar(shape)}"
    interval = f'<span class="ci">{cell.interval}</span>' if cell.interval else ""
    partial = " partial" if cell.is_partial else ""
    coverage = f'<span class="n{partial}">{escape(cell.coverage)}</span>' if cell.coverage else ""
    return Markup(f"<td{value}{ends}{hidden}>{inner}{interval}{coverage}</td>")


def method_rows(
    rows: Sequence[Row],
    heads: Sequence[Head],
    *,
    shown: Sequence[str],
    shapes: Shapes,
    tiers: Mapping[str, int],
    places: Mapping[str, int],
) -> Markup:
    """Rows of methods.

    Args:
        heads: columns that are in the page; those not among `shown` are hidden.
        tiers: number of the tier by key of the row.
        places: of rows without any order, by key.
    """
    hidden = [head.id not in shown for head in heads]
    lines = []
    for row in rows:
        tier = tiers.get(row.key)
        marked = "" if tier is None else f' data-tier="{tier}"'
        lines.append(
            f'<tr data-key="{escape(row.key)}" data-place="{places[row.key]}" data-words="{escape(row.words)}"'
            f' data-submission="{row.submission}"{marked}>{_method(row)}'
            f'<td class="tier">{"–" if tier is None else tier}</td>'
            f"{''.join(_cells(row, heads, hidden, shapes))}</tr>\n"
        )
    return Markup("".join(lines))


def reference_rows(
    rows: Sequence[Row], heads: Sequence[Head], *, shown: Sequence[str], shapes: Shapes, places: Mapping[str, int]
) -> Markup:
    """Reference rows: without a tier, and with what they are."""
    hidden = [head.id not in shown for head in heads]
    lines = []
    for row in rows:
        name = f'<span class="name">{escape(row.label)}</span>'
        submission = ""
        if row.submission is not None:
            name = f'<a href="../submissions/{row.submission}.html" class="name">{escape(row.label)}</a>'
            submission = f' data-submission="{row.submission}"'
        lines.append(
            f'<tr data-key="{escape(row.key)}" data-place="{places[row.key]}"{submission}>'
            f'<th scope="row" class="method">{name}<span class="card">{escape(row.summary)}</span></th>'
            f'<td class="tier"></td>{"".join(_cells(row, heads, hidden, shapes))}</tr>\n'
        )
    return Markup("".join(lines))


def _method(row: Row) -> str:
    facts = row.facts
    verdict = escape(row.verdict or "")
    badge = f' <a class="badge {verdict}" href="#verdicts">{verdict}</a>' if verdict else ""
    address = f"../submissions/{row.submission}.html"
    seen = ' class="seen"' if facts.seen_people else ""
    hears = "" if facts.hears is None else f" · learned to hear {', '.join(facts.hears) or 'nothing'}"
    return (
        f'<th scope="row" class="method"><a href="{address}" class="name">{escape(row.label)}</a>{badge}'
        f'<span class="card">#{row.submission} · {escape(facts.licence)} ·'
        f" <span{seen}>{escape(facts.contamination)}</span>{escape(hears)}</span></th>"
    )


def _cells(row: Row, heads: Sequence[Head], hidden: Sequence[bool], shapes: Shapes) -> Iterator[str]:
    for head, is_hidden in zip(heads, hidden, strict=True):
        cell = row.cells.get(head.id, EMPTY)
        yield cell_html(cell, shapes.of(head.id, row.key), is_hidden=is_hidden)


def _bar(shape: Shape) -> str:
    reach = "" if shape.low is None else f'<path class="reach" d="M{shape.low} 3H{shape.high}"/>'
    return (
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><path d="M0 3H100"/>'
        f'{reach}<path class="at" d="M{shape.at} 0V6"/></svg>'
    )
