"""The exact case lists of the protocols whose data comes with the package.

`leaderboard` does not know the benchmark's rooms, so the lists are a data file, written by
`scripts/export_protocols.py`; a test compares it with what the benchmark builds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class KnownProtocol:
    """One protocol on one data set: a submission that names it must match it exactly."""

    name: str
    version: str
    case_list_sha256: str
    case_ids: tuple[str, ...]
    data_name: str
    data_digest: str


@cache
def known_protocols() -> dict[str, KnownProtocol]:
    """Known protocols by name."""
    document = json.loads((files("leaderboard") / "data" / "protocols.json").read_text(encoding="utf-8"))
    return {
        entry["name"]: KnownProtocol(**{**entry, "case_ids": tuple(entry["case_ids"])})
        for entry in document["protocols"]
    }
