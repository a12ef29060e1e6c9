"""Foreign text made safe to show in a table: names of methods, files and reasons are somebody else's bytes."""

from __future__ import annotations

_MAX_CHARS = 600
_FORMULA_STARTS = ("=", "+", "-", "@")
_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "°": r"\textdegree{}",
    "‡": r"\ddag{}",
    "–": "--",
    "<": "$<$",
    ">": "$>$",
    "≤": r"$\leq$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    **{one: f"\\{one}" for one in "&%$#_{}"},
}


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


def tex_text(text: str) -> str:
    """A LaTeX table cell: the characters as they are, and no commands.

    Example:
        >>> tex_text("my_method 50 %")
        'my\\\\_method 50 \\\\%'
    """
    return "".join(_TEX.get(c, c) for c in one_line(text))
