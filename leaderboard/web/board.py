"""One table of the leaderboard as a page shows it: heads of columns, cells in words, methods and reference rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from benchmark.metrics import CARDS
from benchmark.metrics.headline import headline_metrics
from benchmark.results.reserved import MEAN_OF_VIEWS, SUMMARIES, is_control_row
from benchmark.results.schema import REFERENCE_ROW
from feed_dataset.core.jobs.cells import one_line
from leaderboard.entries import Entry, Group
from leaderboard.tables import Column, MeasuredRow, MeasuredTable, measured_tables, number
from leaderboard.web.ceilings import ceilings_of
from leaderboard.web.facts import UNKNOWN, MethodFacts, RunFacts

SPEED = "frames_per_s"
"""Id of the column of speeds; no metric has such a name."""
_BOUNDS: Mapping[str, str] = {
    REFERENCE_ROW: "the reference videos themselves",
    "copy-source": "repeats the source image: exactly its identity, no motion",
    "copy-driver": "returns the driver's frames: exactly its pose, somebody else's face",
    MEAN_OF_VIEWS: "the pixel mean of what the other cameras saw",
    **SUMMARIES,
}
_MOST_DEFAULT = 6  # metrics that are shown at first
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")

Kind = Literal["method", "reference"]


@dataclass(frozen=True)
class Head:
    """Head of a column.

    Args:
        id: name of the metric, or `SPEED`.
        title: what people call it.
        higher_is_better: None where neither direction is.
        is_of_set: one value of all cases, without values of single ones.
        is_default: shown unless a viewer chooses.
    """

    id: str
    title: str
    unit: str
    summary: str
    higher_is_better: bool | None
    is_of_set: bool
    is_default: bool

    @property
    def network(self) -> str:
        """What stands in the brackets of the name: the network or mode behind the number."""
        return self.id.partition("[")[2].rstrip("]")


@dataclass(frozen=True)
class Cell:
    """One number with its interval, how many cases have one, and why there is none.

    Args:
        coverage: scored of expected cases in words; of a speed, the device.
        is_partial: some cases have no value.
        is_stated: the submitter's word: nothing in the submission leads to it.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    coverage: str = ""
    is_partial: bool = False
    is_stated: bool = False
    note: str = ""

    @property
    def text(self) -> str:
        """The value in words."""
        return "–" if self.value is None else number(self.value)

    @property
    def interval(self) -> str:
        """95 % interval in words, "" without one."""
        return "" if self.low is None or self.high is None else f"[{number(self.low)}, {number(self.high)}]"


EMPTY = Cell(None)


@dataclass(frozen=True)
class Row:
    """One method of one submission, or one reference.

    Args:
        key: of this row in addresses, such as "3:emoportraits".
        submission: None for a shipped ceiling.
        verdict: how far the submission could be checked.
        cells: by id of the column.
    """

    key: str
    kind: Kind
    method: str
    summary: str
    submission: int | None
    verdict: str | None
    facts: MethodFacts
    cells: Mapping[str, Cell]

    @property
    def label(self) -> str:
        """The method's name as one printable line."""
        return one_line(self.method)

    @property
    def words(self) -> str:
        """What a filter searches, in small letters."""
        known = (self.method, self.facts.licence, self.facts.contamination, self.verdict or "")
        return one_line(" ".join(known)).casefold()


@dataclass(frozen=True)
class Board:
    """One table of rows that may be compared, and everything that its page says."""

    slug: str
    group: Group
    heads: tuple[Head, ...]
    methods: tuple[Row, ...]
    references: tuple[Row, ...]
    table: MeasuredTable
    devices: tuple[str, ...]

    @property
    def title(self) -> str:
        """Protocol and version, and the part of it that was run."""
        g = self.group
        part = f", first {g.case_limit} cases" if g.case_limit is not None else ""
        return one_line(f"{g.protocol} v{g.protocol_version}{part}")

    @property
    def heads_by_id(self) -> dict[str, Head]:
        """Heads by their ids."""
        return {head.id: head for head in self.heads}

    @property
    def default_sort(self) -> str:
        """The first column that has a direction; "" without one."""
        shown = [head for head in self.heads if head.is_default] or list(self.heads)
        return next((head.id for head in shown if head.higher_is_better is not None), "")

    @property
    def compared(self) -> tuple[Row, ...]:
        """Rows that can be put side by side: those of submissions."""
        return tuple(row for row in (*self.methods, *self.references) if row.submission is not None)

    def row(self, key: str) -> Row | None:
        """A row by its key."""
        return next((row for row in (*self.methods, *self.references) if row.key == key), None)


def boards_of(
    groups: Mapping[Group, Sequence[Entry]],
    facts: Callable[[int], RunFacts],
) -> tuple[Board, ...]:
    """One board for each group of comparable entries.

    Args:
        groups: what the store holds.
        facts: what a submission's results file says of its methods.
    """
    found: list[Board] = []
    taken: set[str] = set()
    for table in measured_tables(groups):
        slug = _slug(table.group, taken)
        taken.add(slug)
        found.append(_board(slug, table, facts))
    return tuple(found)


def _slug(group: Group, taken: set[str]) -> str:
    """The protocol and its version; more where that is another table, or no plain name."""
    plain = f"{group.protocol}-v{group.protocol_version}"
    if group.case_limit is None and plain not in taken and _SLUG.fullmatch(plain):
        return plain
    digest = hashlib.sha256(repr(astuple(group)).encode()).hexdigest()[:10]
    kept = "".join(re.findall(r"[A-Za-z0-9_-]", plain))[:60] or "board"
    return f"{kept}-{digest}"


def _board(slug: str, table: MeasuredTable, facts: Callable[[int], RunFacts]) -> Board:
    runs = {row.submission: facts(row.submission) for row in table.rows}
    rows = [_row(row, table.columns, runs[row.submission]) for row in table.rows]
    speeds = any(SPEED in row.cells for row in rows)
    return Board(
        slug=slug,
        group=table.group,
        heads=tuple(_heads(table, has_speed=speeds)),
        methods=tuple(row for row in rows if row.kind == "method"),
        references=(*_firsts(row for row in rows if row.kind == "reference"), *_ceilings(table)),
        table=table,
        devices=tuple(dict.fromkeys(run.device for run in runs.values())),
    )


def _firsts(rows: Iterable[Row]) -> tuple[Row, ...]:
    """One row of each name: runs on other processors have the same rows again, a little different."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row.method, row)
    return tuple(found.values())


def _heads(table: MeasuredTable, *, has_speed: bool) -> Iterator[Head]:
    places = range(len(table.columns))
    computed = {
        table.columns[place].metric
        for place in places
        if any((entry := row.entries[place]) is not None and entry.value is not None for row in table.rows)
    }
    shown = headline_metrics(computed) or [column.metric for column in table.columns if column.metric in computed]
    for column in sorted(table.columns, key=lambda one: one.metric not in shown[:_MOST_DEFAULT]):
        card = CARDS.get(column.metric)
        yield Head(
            id=column.metric,
            title=_title(column.metric, "" if card is None else card.title),
            unit=one_line(column.unit),
            summary="" if card is None else card.summary,
            higher_is_better=column.higher_is_better,
            is_of_set=column.level == "set",
            is_default=column.metric in shown[:_MOST_DEFAULT],
        )
    if has_speed:
        summary = "Frames that the method made in a second after its first one, on the machine of its run."
        yield Head(SPEED, "Speed", "frames/s", summary, True, True, True)


def _title(metric: str, title: str) -> str:
    """A card's title without the network, which stands beneath it."""
    name, _, network = metric.partition("[")
    return one_line(title.removesuffix(network.rstrip("]")).strip() or name)


def _row(row: MeasuredRow, columns: Sequence[Column], run: RunFacts) -> Row:
    facts = run.methods.get(row.method, UNKNOWN)
    entries = zip(columns, row.entries, strict=True)
    cells = {column.metric: cell_of(entry) for column, entry in entries if entry is not None}
    if facts.frames_per_s is not None:
        cells[SPEED] = Cell(facts.frames_per_s, coverage=one_line(run.device), is_stated=True)
    summary = _BOUNDS.get(row.method, "")
    is_reference = bool(summary) or is_control_row(row.method)
    return Row(
        key=key_of(row.submission, row.method),
        kind="reference" if is_reference else "method",
        method=row.method,
        summary=summary or ("a control: what it hears or its head is not the driver's" if is_reference else ""),
        submission=row.submission,
        verdict=next((entry.verdict for entry in row.entries if entry is not None), None),
        facts=facts,
        cells=cells,
    )


def key_of(submission: int, method: str) -> str:
    """Name of a row in addresses: readable, and one line."""
    return f"{submission}:{one_line(method)}"


def cell_of(entry: Entry) -> Cell:
    """A stored number in words."""
    coverage = f"{entry.cases_scored} of {entry.cases_expected}"
    if entry.value is None:
        note = one_line(f"not computed: needs {entry.needs}") if entry.needs is not None else "no case has a value"
        return Cell(None, coverage="" if entry.needs is not None else coverage, note=note)
    partial = entry.cases_scored < entry.cases_expected
    stated = entry.level == "set" and entry.evidence != "recomputed"
    return Cell(entry.value, entry.ci_low, entry.ci_high, coverage, partial, stated)


def _ceilings(table: MeasuredTable) -> Iterator[Row]:
    """Rows of perfect methods, where those that ship fit this table."""
    for name, values in ceilings_of(table.group).items():
        cells = {
            metric: Cell(one.value, one.low, one.high, f"{one.scored} of {one.cases}", one.scored < one.cases)
            for metric, one in values.items()
        }
        yield Row(f"ceiling:{name}", "reference", name, _BOUNDS.get(name, ""), None, None, UNKNOWN, cells)
