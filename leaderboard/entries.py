"""What a table is made of: measured numbers, and what they must share to stand together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """What rows must share to stand in one table: protocol, exact cases, data. Fields are columns."""

    protocol: str
    protocol_version: str
    case_list_sha256: str  # of the whole protocol on its data, as stated
    case_ids_sha256: str  # of the ids that were run, computed here
    case_limit: int | None
    n_cases: int
    data_name: str
    data_digest: str
    synthetic: bool


@dataclass(frozen=True)
class Entry:
    """One measured number, as stored. Fields are columns."""

    submission: int
    method: str
    weights_sha256: str | None
    metric: str
    level: str  # "case": derived again from its rows at submission; "set": as stated by the submitter
    value: float | None
    ci_low: float | None
    ci_high: float | None
    cases_expected: int
    cases_scored: int
    higher_is_better: bool | None
    unit: str
    needs: str | None  # why it was not computed
