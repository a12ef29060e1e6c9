"""What both ablations do with a table: print it, and put it between the marks of its page of the docs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmark.results.schema import write_text_atomic
from scripts.update_readme import filled

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- ablation:begin -->", "<!-- ablation:end -->"


def add_options(parser: argparse.ArgumentParser, rows: Sequence[str], page: Path) -> None:
    """Which rows and seeds, where their results lie, and whether the table goes into a page of the docs, too."""
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", nargs="+", choices=tuple(rows), default=tuple(rows))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, help="begin no run after this long")
    parser.add_argument("--write", action="store_true", help=f"the table into docs/{page.name}, too")


def show(table: str | None, page: Path | None) -> None:
    """Print the table.

    Args:
        table: None where no seed has all rows yet.
        page: where it goes, too.
    """
    if table is None:
        print("no seed has all rows yet, so there is no table", file=sys.stderr)
        return
    print(table)
    if page is not None:
        write_text_atomic(page, filled(page.read_text(encoding="utf-8"), table, BEGIN, END))
