from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from benchmark.results.schema import Results, summarise
from leaderboard.errors import SubmissionError
from leaderboard.published import published_tables
from leaderboard.show import FORMATS, column_blocks, render
from leaderboard.store import Store
from leaderboard.tables import MeasuredTable, measured_tables, number
from leaderboard.tiers import with_tiers
from leaderboard.validate import Submission

Make = Callable[..., Results]


@pytest.fixture
def stored(database: Path) -> Callable[..., Sequence[MeasuredTable]]:
    def _stored(*submissions: Results, sort: str | None = None) -> Sequence[MeasuredTable]:
        for results in submissions:
            Store(database).add(Submission(results, tuple(results.aggregates)))
        return measured_tables(Store(database).groups(), sort=sort)

    return _stored


@pytest.mark.parametrize("kind", FORMATS)
def test_measured_and_reported_are_apart(kind: str, make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    text = render(kind, stored(make()), published_tables())
    assert "copy-source" in text
    assert "MegaPortraits" in text
    if kind != "csv":
        heading = text.lower().index("reported in the paper")
        assert text.index("copy-source") < heading < text.index("MegaPortraits")
        assert "not comparable" in text[heading:]
        assert "as stated" in text[:heading]
        assert "needs inception" in text[:heading]


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_submitted_yet(kind: str) -> None:
    text = render(kind, (), published_tables())
    assert ("leaderboard submit" in text) == (kind != "csv")
    assert "MegaPortraits" in text


def test_values_intervals_and_gaps(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    results = make()
    aggregate = results.aggregates[0]
    assert aggregate.value is not None and aggregate.ci_low is not None and aggregate.ci_high is not None
    text = render("md", stored(results), ())
    expected = f"{number(aggregate.value)} \\[{number(aggregate.ci_low)}, {number(aggregate.ci_high)}\\]"
    assert expected in text
    assert "csim\\[dlib\\] ↑" in text
    assert "pose\\_error\\_deg\\[mesh468\\] (deg) ↓" in text
    assert "fd\\[dlib\\] ↓ †" in text
    assert "| – |" in text


def test_failed_cases_are_visible(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    results = make()
    partial = results.aggregates[2].model_copy(update={"cases_scored": 3, "cases_failed": 1})
    changed = [partial if a == results.aggregates[2] else a for a in results.aggregates]
    assert "3/4 cases" in render("table", stored(results.model_copy(update={"aggregates": changed})), ())


def test_sorting_is_best_first_by_direction(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    (up,) = stored(make(tuple("abcde")), sort="csim[dlib]")
    values = [row.entries[0].value for row in up.rows if row.entries[0]]
    assert values == sorted(values, reverse=True)  # type: ignore[type-var]
    (down,) = stored(sort="pose_error_deg[mesh468]")
    values = [row.entries[1].value for row in down.rows if row.entries[1]]
    assert values == sorted(values)  # type: ignore[type-var]


def test_nothing_stored_cannot_be_sorted(stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    with pytest.raises(SubmissionError, match=r"rows to sort by 'csim\[dlib\]' but the leaderboard has none yet"):
        stored(sort="csim[dlib]")


def test_unknown_metric_to_sort_by_names_the_nearest(
    make: Make, stored: Callable[..., Sequence[MeasuredTable]]
) -> None:
    with pytest.raises(SubmissionError, match=r"did you mean 'csim\[dlib\]'"):
        stored(make(), sort="csim[dlab]")


def test_repeated_bounds_are_one_row(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    first = make(("copy-source",))
    both = make(("copy-source", "ours"))  # the same seed: the same values for copy-source
    (table,) = stored(first, both)
    assert [(row.method, row.submission) for row in table.rows] == [("copy-source", 1), ("ours", 2)]


def test_reported_rows_never_enter_a_measured_table(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    tables = stored(make(protocol="paper-table3-mead"))
    text = render("csv", tables, published_tables())
    kinds = {(row["kind"], row["checked"]) for row in csv.DictReader(io.StringIO(text))}
    assert ("measured", "derived again from rows") in kinds
    assert ("measured", "as stated (set level)") in kinds
    assert ("reported", "as printed") in kinds
    assert not {("reported", "derived again from rows"), ("measured", "as printed")} & kinds


HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2+3",
    " \t=1+1",
    "<script>alert(1)</script>",
    "a|b\n|c",
    "[bold]x[/bold]",
    "![x](y)",
    "\u001b[2Jgone",
)


def test_csv_has_no_formulas(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    rows = list(csv.reader(io.StringIO(render("csv", stored(make(HOSTILE)), published_tables()))))
    assert len({len(row) for row in rows}) == 1
    for row in rows:
        for cell in row:
            if cell.startswith(("=", "+", "@", "\t", "\r", "-")):
                float(cell)  # only a number may start with a sign


def test_csv_reads_back_exactly(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    results = make(("ours",))
    (row, *_) = csv.DictReader(io.StringIO(render("csv", stored(results), ())))
    assert float(row["value"]) == results.aggregates[0].value
    assert row["higher_is_better"] == "true"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_escaped_and_loads_nothing(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    page = render("html", stored(make(HOSTILE)), published_tables())
    parser = _Tags()
    parser.feed(page)
    assert not parser.seen & {"script", "img", "link", "iframe"}
    assert "<script>alert(1)</script>" in parser.text
    assert "src=" not in page and "href=" not in page


def test_markdown_rows_stay_rows(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    text = render("md", stored(make(HOSTILE)), ())
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(HOSTILE)
    assert {line.replace("\\|", "").count("|") for line in table} == {table[0].count("|")}
    assert "<script" not in text


def test_terminal_gets_no_escape_from_names(make: Make, stored: Callable[..., Sequence[MeasuredTable]]) -> None:
    text = render("table", stored(make(HOSTILE)), ())
    assert "\u001b" not in text
    assert "[bold]x[/bold]" in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.12345, "0.123"),
        (-0.5, "-0.500"),
        (12.345, "12.35"),
        (123.456, "123.5"),
        (1e9, "1000000000.0"),
        (0.0, "0.000"),
    ],
)
def test_numbers(value: float, expected: str) -> None:
    assert number(value) == expected


def test_narrow_terminals_get_more_tables() -> None:
    rows = [["method", "aaaa\n[x]", "bb", "cccccc"], ["m", "1", "22", "3"]]
    assert column_blocks(rows, 80) == [[1, 2, 3]]
    assert column_blocks(rows, 22) == [[1, 2], [3]]
    assert column_blocks(rows, 5) == [[1], [2], [3]]


def crossed(make: Make, shift: float, people: int = 6) -> Results:
    """Two methods on `people` x `people` cases; the first is better by `shift` in CSIM."""
    results = make()
    draw, ids = random.Random(0), [f"D{d}--P{s}" for d in range(people) for s in range(people)]
    first, metric = results.rows[0], "csim[dlib]"
    rows = {
        method.name: [
            first.model_copy(
                update={"method": method.name, "case_id": one, "cluster": one[:2], "source_cluster": one[-2:]}
                | {"value": 0.5 + 0.01 * draw.random() + (shift if number == 0 else 0.0)}
            )
            for one in ids
        ]
        for number, method in enumerate(results.methods)
    }
    aggregates = []
    for a in results.aggregates:
        if a.metric == metric:
            value, low, high = summarise(rows[a.method])
            counts = {"cases_expected": len(ids), "cases_scored": len(ids)}
            aggregates.append(a.model_copy(update={"value": value, "ci_low": low, "ci_high": high, **counts}))
    update = {"rows": [row for part in rows.values() for row in part], "aggregates": aggregates}
    return results.model_copy(update=update)


@pytest.mark.parametrize(
    ("shift", "people", "words"),
    [
        (0.1, 6, "emoportraits (#1) > copy-source (#1); > is real at p <= .05, Holm-corrected for 1 comparisons"),
        (0.0, 6, "(#1), "),
        (0.1, 5, "this protocol cannot tell"),
    ],
)
def test_sorted_rows_say_which_can_be_told_apart(
    make: Make, stored: Callable[..., Sequence[MeasuredTable]], database: Path, shift: float, people: int, words: str
) -> None:
    (table,) = stored(crossed(make, shift, people), sort="csim[dlib]")
    (note,) = with_tiers(table, "csim[dlib]", Store(database).document).order
    assert words in note
    assert (" > copy-source" in note) == (shift > 0 and people == 6)


def test_values_of_sets_as_stated_name_no_winner(
    make: Make, stored: Callable[..., Sequence[MeasuredTable]], database: Path
) -> None:
    (table,) = stored(make(), sort="fd[dlib]")
    (note,) = with_tiers(table, "fd[dlib]", Store(database).document).notes[:1]
    assert "as stated: the order says nothing more" in note
