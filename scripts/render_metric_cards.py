"""Write the cards of all metrics into docs/metrics.md: what stands between the two markers is generated.

    python -m scripts.render_metric_cards

Run it after a change of a metric, of the doctor's expectations or of benchmark/metrics/costs.json; a test fails until
then. The introduction above the markers is written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmark.report.cards import cards, markdown, networks_markdown
from benchmark.results.schema import write_text_atomic

TARGET = Path(__file__).resolve().parent.parent / "docs" / "metrics.md"
BEGIN, END = "<!-- cards:begin -->", "<!-- cards:end -->"


def filled(document: str) -> str:
    """The document with the generated part made anew.

    Raises:
        ValueError: a marker is missing or there are several.
    """
    if document.count(BEGIN) != 1 or document.count(END) != 1 or document.index(BEGIN) > document.index(END):
        raise ValueError(f"expected {BEGIN} and then {END} once each in {TARGET.name}")
    before, rest = document.split(BEGIN)
    every = cards()
    content = "\n".join([*(markdown(one) for one in every), "### Networks\n", networks_markdown(every)])
    return f"{before}{BEGIN}\n\n{content}\n{END}{rest.split(END)[1]}"


def main() -> int:
    """Rewrite the document; 2 with one line when its markers are damaged."""
    try:
        write_text_atomic(TARGET, filled(TARGET.read_text(encoding="utf-8")))
    except ValueError as error:
        print(f"render_metric_cards: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
