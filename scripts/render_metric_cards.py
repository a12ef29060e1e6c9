"""Write the cards of all metrics into docs/metrics/, one page a family, and the table of families into docs/metrics.md.

    python -m scripts.render_metric_cards

Run it after a change of a metric, of its expectations or of benchmark/metrics/costs.json; a test fails until then. What
stands outside of the two markers of a page is written by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmark.metrics.catalog import FAMILIES, Family, ids_of
from benchmark.report.cards import full_cards, markdown, networks_markdown
from benchmark.results.schema import write_text_atomic

INDEX = Path(__file__).resolve().parent.parent / "docs" / "metrics.md"
FOLDER = INDEX.with_suffix("")
BEGIN, END = "<!-- cards:begin -->", "<!-- cards:end -->"
BEGIN_FAMILIES, END_FAMILIES = "<!-- families:begin -->", "<!-- families:end -->"


def pages() -> dict[Path, str]:
    """Every generated document with the text that it should have.

    Raises:
        ValueError: a marker is missing or there are several.
    """
    found = {INDEX: filled(INDEX.read_text(encoding="utf-8"), families_markdown(), BEGIN_FAMILIES, END_FAMILIES)}
    for family in FAMILIES:
        path = FOLDER / f"{family.id}.md"
        old = path.read_text(encoding="utf-8") if path.is_file() else new_page(family)
        found[path] = filled(old, family_markdown(family))
    return found


def filled(document: str, content: str, begin: str = BEGIN, end: str = END) -> str:
    """The document with other content between its markers. Raises ValueError unless each is there once, in order."""
    if document.count(begin) != 1 or document.count(end) != 1 or document.index(begin) > document.index(end):
        raise ValueError(f"expected {begin} and then {end} once each")
    before, rest = document.split(begin)
    return f"{before}{begin}\n\n{content}\n{end}{rest.split(end)[1]}"


def new_page(family: Family) -> str:
    """A page without anything written by hand but its heading."""
    return f"# {family.title}\n\n{family.question}\n\n{BEGIN}\n{END}\n"


def family_markdown(family: Family) -> str:
    """The cards of a family and the networks behind them."""
    own = full_cards(ids_of(family))
    parts = [markdown(one, level=2) for one in own]
    if any(one.networks for one in own):
        parts += ["## Networks\n", networks_markdown(own)]
    return "\n".join(parts)


def families_markdown() -> str:
    """The table of families: question, names of metrics with their modes."""
    lines = ["| family | what it asks | metrics |", "|---|---|---|"]
    for family in FAMILIES:
        modes: dict[str, list[str]] = {}
        for metric_id in ids_of(family):
            name, _, mode = metric_id.partition("[")
            modes.setdefault(name, []).append(mode.rstrip("]"))
        names = ", ".join(f"`{name}`{_modes(found)}" for name, found in modes.items())
        lines.append(f"| [{family.title}](metrics/{family.id}.md) | {family.question} | {names} |")
    return "\n".join(lines) + "\n"


def _modes(found: list[str]) -> str:
    """What stands behind a name: nothing, its modes, or the modes that it has besides the form without any."""
    named = ", ".join(one for one in found if one)
    if not named:
        return ""
    return f" (also [{named}])" if "" in found else f" [{named}]"


def main() -> int:
    """Rewrite the documents; 2 with one line when markers are damaged."""
    try:
        for path, text in pages().items():
            write_text_atomic(path, text)
    except ValueError as error:
        print(f"render_metric_cards: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
