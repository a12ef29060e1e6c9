"""Measured and published tables as terminal text, Markdown, CSV or HTML; the two kinds always apart."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence

from feed_dataset.core.jobs.cells import csv_text, md_text, one_line
from leaderboard.entries import Entry
from leaderboard.published import PublishedTable
from leaderboard.tables import (
    REPORTED_NOTE,
    MeasuredRow,
    MeasuredTable,
    arrow,
    coverage,
    interval,
    number,
)

FORMATS = ("table", "md", "csv", "html")
NOTHING_YET = "No submission yet. Add one with: feed leaderboard submit RESULTS"
_PLAIN_WIDTH = 200  # characters, when the output is not a terminal
_METHOD_WIDTH = 40
_BORDER = 3  # two blanks and a line beside each column
_CSV_HEADER = (
    "kind,protocol,protocol_version,cases,data,method,submission,metric,value,ci_low,ci_high,unit,"
    "higher_is_better,cases_scored,cases_expected,checked,source"
).split(",")


def render(kind: str, measured: Sequence[MeasuredTable], reported: Sequence[PublishedTable]) -> str:
    """The tables in one of `FORMATS`."""
    return {"table": _terminal, "md": _markdown, "csv": _csv, "html": _html}[kind](measured, reported)


def cell_lines(entry: Entry | None) -> tuple[str, ...]:
    """What a measured cell says: the value, its interval, and how much of it is missing."""
    if entry is None:
        return ("",)
    if entry.value is None:
        return tuple(filter(None, ("–", coverage(entry) if entry.needs is None else "")))
    return tuple(filter(None, (number(entry.value), interval(entry), coverage(entry))))


def row_label(row: MeasuredRow) -> str:
    """Method, the weights it ran with, and where it was submitted."""
    weights = f" {row.weights_sha256[:8]}" if row.weights_sha256 else ""
    return one_line(f"{row.method}{weights} (#{row.submission})")


def _terminal(measured: Sequence[MeasuredTable], reported: Sequence[PublishedTable]) -> str:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    stream = io.StringIO()
    colour = sys.stdout.isatty()
    console = Console(
        file=stream,
        force_terminal=colour,
        width=None if colour else _PLAIN_WIDTH,
        highlight=False,
        markup=False,
    )

    def say(text: str, style: str = "") -> None:
        console.print(Text(text, style=style))

    def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]) -> None:
        header = [name.replace("[", "\n[") for name in header]
        say(title)
        for indices in column_blocks([header, *rows], console.width):
            grid = Table(Column(Text(header[0]), overflow="fold", max_width=_METHOD_WIDTH))
            for index in indices:
                grid.add_column(Text(header[index]), justify="right", overflow="fold")
            for row in rows:
                grid.add_row(*(Text(row[index]) for index in (0, *indices)))
            console.print(grid)
        for note in notes:
            say(note, "dim")
        console.print()

    say("MEASURED\n", "bold")
    if not measured:
        say(NOTHING_YET + "\n")
    for m in measured:
        header = ["method", *(c.title for c in m.columns)]
        rows = [[row_label(row), *("\n".join(cell_lines(e)) for e in row.entries)] for row in m.rows]
        table(m.title, header, rows, m.notes)
    if reported:
        say("REPORTED IN THE PAPER\n", "bold")
        say(REPORTED_NOTE + "\n")
    for p in reported:
        header = ["method", *(c.title + arrow(c.higher_is_better) for c in p.columns)]
        table(f"{p.title} [{p.id}]: {p.setting}", header, _printed_rows(p), p.notes)
    return stream.getvalue()


def column_blocks(rows: Sequence[Sequence[str]], width: int) -> list[list[int]]:
    """Columns 1.. in blocks that fit beside column 0: a narrow terminal gets more tables, not torn words.

    Args:
        rows: cells, of several lines each; the header is one of the rows.
        width: characters to fit into.
    """
    widths = [
        _BORDER + max(len(line) for cell in column for line in cell.split("\n")) for column in zip(*rows, strict=True)
    ]
    first = min(widths[0], _METHOD_WIDTH + _BORDER) + 1
    blocks: list[list[int]] = [[]]
    for index in range(1, len(widths)):
        if blocks[-1] and first + sum(widths[i] for i in (*blocks[-1], index)) > width:
            blocks.append([])
        blocks[-1].append(index)
    return blocks


def _markdown(measured: Sequence[MeasuredTable], reported: Sequence[PublishedTable]) -> str:
    lines = ["## Measured", ""]
    if not measured:
        lines += [md_text(NOTHING_YET), ""]
    for m in measured:
        rows = [[row_label(row), *(" ".join(cell_lines(e)) for e in row.entries)] for row in m.rows]
        lines += _md_table(m.title, ["method", *(c.title for c in m.columns)], rows, m.notes)
    if reported:
        lines += ["## Reported in the paper", "", REPORTED_NOTE, ""]
    for p in reported:
        header = ["method", *(c.title + arrow(c.higher_is_better) for c in p.columns)]
        lines += _md_table(f"{p.title} ({p.id}): {p.setting}", header, _printed_rows(p), p.notes)
    return "\n".join(lines)


def _md_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(md_text(cell) for cell in cells)} |"

    rule = f"|{'|'.join(['---', *['---:'] * (len(header) - 1)])}|"
    footnotes = [*(f"- {md_text(note)}" for note in notes), ""] if notes else []
    return [f"### {md_text(title)}", "", line(header), rule, *map(line, rows), "", *footnotes]


def _csv(measured: Sequence[MeasuredTable], reported: Sequence[PublishedTable]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_CSV_HEADER)
    for m in measured:
        g = m.group
        for row in m.rows:
            for e in filter(None, row.entries):
                writer.writerow(
                    _csv_row(
                        *(
                            "measured",
                            g.protocol,
                            g.protocol_version,
                            g.n_cases,
                            f"{g.data_name} {g.data_digest[:12]}",
                        ),
                        *(e.method, e.submission, e.metric, e.value, e.ci_low, e.ci_high, e.unit),
                        *(e.higher_is_better, e.cases_scored, e.cases_expected, _checked(e)),
                        f"submission {e.submission}",
                    )
                )
    for p in reported:
        for printed in p.rows:
            for column, value in zip(p.columns, printed.values, strict=True):
                writer.writerow(
                    _csv_row(
                        *("reported", p.id, None, None, p.setting, printed.method, None, column.id, value),
                        *(None, None, column.unit, column.higher_is_better, None, None),
                        "not in the study" if value is None else "as printed",
                        f"{p.source}, {p.title}",
                    )
                )
    return stream.getvalue()


def _checked(entry: Entry) -> str:
    if entry.needs is not None:
        return f"not computed: needs {entry.needs}"
    return "derived again from rows" if entry.level == "case" else "as stated (set level)"


def _csv_row(*cells: str | float | bool | None) -> list[str]:
    """Numbers as they are, text made safe."""
    return ["" if c is None else csv_text(c) if isinstance(c, str) else str(c).lower() for c in cells]


def _html(measured: Sequence[MeasuredTable], reported: Sequence[PublishedTable]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("leaderboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("leaderboard.html.j2").render(
        measured=measured,
        reported=reported,
        reported_note=REPORTED_NOTE,
        nothing_yet=NOTHING_YET,
        cell_lines=cell_lines,
        row_label=row_label,
        arrow=arrow,
    )


def _printed_rows(table: PublishedTable) -> list[list[str]]:
    return [
        [row.method, *(column.text(value) for column, value in zip(table.columns, row.values, strict=True))]
        for row in table.rows
    ]
