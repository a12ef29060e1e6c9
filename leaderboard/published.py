"""Numbers as printed in the EMOPortraits paper (Tables 3 to 6), with their notes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class PublishedMetric:
    """One column of a printed table."""

    id: str
    title: str
    unit: str  # "" where there is none, "not stated" where the paper does not say
    higher_is_better: bool
    decimals: int  # as printed
    network: str

    def text(self, value: float | None) -> str:
        """The value as printed; `*` where the method was not in the user study."""
        return "*" if value is None else f"{value:.{self.decimals}f}"


@dataclass(frozen=True)
class PublishedRow:
    """One printed row; a value is None where the paper prints an asterisk."""

    method: str
    values: tuple[float | None, ...]  # one per column


@dataclass(frozen=True)
class PublishedTable:
    """One printed table, or the half of one that shares a driver set."""

    id: str
    title: str
    setting: str
    source: str
    columns: tuple[PublishedMetric, ...]
    rows: tuple[PublishedRow, ...]
    notes: tuple[str, ...]


@cache
def published_tables() -> tuple[PublishedTable, ...]:
    """All tables of the paper, in its order."""
    document = tomllib.loads((files("leaderboard") / "data" / "published.toml").read_text(encoding="utf-8"))
    paper = document["source"]
    source = f"{paper['title']} (arXiv {paper['arxiv']}, {paper['year']})"
    metrics = {name: PublishedMetric(id=name, **fields) for name, fields in document["metrics"].items()}
    return tuple(_table(entry, metrics, source) for entry in document["tables"])


def _table(entry: dict[str, Any], metrics: dict[str, PublishedMetric], source: str) -> PublishedTable:
    rows = tuple(
        PublishedRow(method, tuple(None if value == "*" else float(value) for value in values))
        for method, *values in entry["rows"]
    )
    return PublishedTable(
        id=entry["id"],
        title=entry["title"],
        setting=entry["setting"],
        source=source,
        columns=tuple(metrics[name] for name in entry["columns"]),
        rows=rows,
        notes=tuple(entry["notes"]),
    )
