"""Foreign text made safe to show. Names in a submission are somebody else's bytes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MAX_CHARS = 600
_FORMULA_STARTS = ("=", "+", "-", "@")


def one_line(text: str) -> str:
    """One printable line of bounded length: no control, escape or direction characters."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _MAX_CHARS else text[: _MAX_CHARS - 3] + "..."


def csv_text(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula."""
    text = one_line(text)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def md_text(text: str) -> str:
    """A Markdown table cell: neither a new column, nor markup, nor HTML."""
    text = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\|`*_[]" else c for c in text)


def unknown(kind: str, name: str, choices: Iterable[str]) -> str:
    """One line for an unknown name: what there is, and what is nearest."""
    known = sorted(choices)
    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {matches[0]!r}?" if matches else ""
    return one_line(f"expected a {kind} among {', '.join(known)} but got {name!r}{hint}")
