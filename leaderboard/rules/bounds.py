"""What is known of the real videos of protocols whose data ships, and rows of the bounds that must equal it.

The bounds copy-source and copy-driver have no choice: their numbers are those of the real videos, which everybody has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from benchmark.results.schema import Results

TOLERANCE = 1e-3
"""Relative to max(1, |value|): networks round differently on other processors."""
DATA = "real_videos.json"

KnownValues = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By what is shown in place of an output, by metric and case."""


@cache
def known_values() -> dict[str, dict[str, Any]]:
    """What is known, by name of the protocol; written by `scripts/export_real_videos.py`."""
    text = (files("leaderboard") / "data" / DATA).read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def known_of(results: Results) -> KnownValues:
    """What is known of the real videos of a run; empty where its data does not ship."""
    entry = known_values().get(results.protocol.name)
    if entry is None or (entry["version"], entry["data_digest"]) != (results.protocol.version, results.data.digest):
        return {}
    found: KnownValues = entry["values"]
    return found


def bound_problems(results: Results) -> Iterator[str]:
    """Rows of the bounds that differ from what is known of them."""
    known = known_of(results)
    for row in results.rows:
        want = known.get(row.method, {}).get(row.metric, {}).get(row.case_id)
        if want is not None and row.value is not None and differs(want, row.value):
            label = f"{row.method}/{row.metric}/{row.case_id}"
            yield f"{label}: expected {want:.6g}, as is known of this bound, but got {row.value}"


def differs(want: float, got: float) -> bool:
    """Whether two values are farther apart than processors are."""
    return abs(want - got) > TOLERANCE * max(1.0, abs(want))
