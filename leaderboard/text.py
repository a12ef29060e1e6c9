"""Messages about names that a submission has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from feed_dataset.core.jobs.cells import one_line


def unknown(kind: str, name: str, choices: Iterable[str]) -> str:
    """One line for an unknown name: what there is, and what is nearest."""
    known = sorted(choices)
    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {matches[0]!r}?" if matches else ""
    return one_line(f"expected a {kind} among {', '.join(known)} but got {name!r}{hint}")
