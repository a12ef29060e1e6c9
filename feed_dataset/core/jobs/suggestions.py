"""Small text helpers for messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from feed_dataset.core.jobs.words import with_article


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice most similar to a mistyped `name`, or None when none is close."""
    matches = difflib.get_close_matches(name, list(choices), n=1, cutoff=0.5)
    return matches[0] if matches else None


def unknown(kind: str, name: str, choices: Iterable[str]) -> str:
    """One line for an unknown name: what was asked, what is nearest, what there is."""
    known = sorted(choices)
    guess = nearest(name, known)
    hint = f"; did you mean {guess!r}?" if guess else ""
    return f"expected {with_article(kind)} among {', '.join(known)} but got {name!r}{hint}"
