"""Tables of figures, printed and, if asked, written into a page of the docs between the markers of their script."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmark.results.schema import write_text_atomic
from scripts.render_metric_cards import FOLDER, filled
from scripts.validation.figures import Figure, table


def wants_docs(description: str | None, arguments: Sequence[str] | None) -> bool:
    """Whether `--docs` was given."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", action="store_true", help="also write the table into its page of docs/metrics")
    return bool(parser.parse_args(arguments).docs)


def show(lines: Sequence[Figure], script: str, page: str, *, docs: bool, folder: Path = FOLDER) -> int:
    """Print the table, and write it into `page` between the markers of `script`; 1 when a figure is not reached.

    Raises:
        ValueError: the page lacks the markers.
    """
    text = table(lines)
    print(text)
    if docs:
        path = folder / f"{page}.md"
        begin, end = f"<!-- {script}:begin -->", f"<!-- {script}:end -->"
        write_text_atomic(path, filled(path.read_text(encoding="utf-8"), f"{text}\n", begin, end))
    return 0 if all(line.reached is not False for line in lines) else 1
