"""The shipped rows of perfect methods (`scripts/seed_leaderboard.py` writes them), where they fit a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from leaderboard.entries import Group


@dataclass(frozen=True)
class CeilingValue:
    """What a perfect method gets in one metric, over the cases of a protocol."""

    value: float
    low: float | None
    high: float | None
    scored: int
    cases: int


def ceilings_of(group: Group) -> Mapping[str, Mapping[str, CeilingValue]]:
    """Values by ceiling and metric; none where a table has other cases or data than the shipped ones."""
    if group.case_limit is not None:
        return {}
    identity = (group.protocol, group.protocol_version, group.case_list_sha256, group.data_digest)
    return _shipped().get(identity, {})


@cache
def _shipped() -> dict[tuple[str, str, str, str], dict[str, dict[str, CeilingValue]]]:
    text = (files("leaderboard") / "data" / "seed" / "ceilings.json").read_text(encoding="utf-8")
    return {
        (entry["protocol"], entry["version"], entry["case_list_sha256"], entry["data_digest"]): {
            name: {metric: CeilingValue(*values) for metric, values in row.items()}
            for name, row in entry["rows"].items()
        }
        for entry in json.loads(text)
    }
