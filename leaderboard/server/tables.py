"""Measured tables as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from leaderboard.entries import Entry
from leaderboard.tables import MeasuredRow, MeasuredTable


def table_content(table: MeasuredTable) -> dict[str, Any]:
    """What rows share, columns, and rows; numbers of a row by metric."""
    return {
        "group": asdict(table.group),
        "columns": [asdict(column) for column in table.columns],
        "rows": [_row(row) for row in table.rows],
        "notes": list(table.notes),
    }


def _row(row: MeasuredRow) -> dict[str, Any]:
    entries = [entry for entry in row.entries if entry is not None]
    return {
        "submission": row.submission,
        "method": row.method,
        "weights_sha256": row.weights_sha256,
        "verdict": entries[0].verdict if entries else None,
        "values": {entry.metric: _value(entry) for entry in entries},
    }


def _value(entry: Entry) -> dict[str, Any]:
    if entry.needs is not None:
        return {"value": None, "needs": entry.needs}
    return {
        "value": entry.value,
        "ci_low": entry.ci_low,
        "ci_high": entry.ci_high,
        "cases_expected": entry.cases_expected,
        "cases_scored": entry.cases_scored,
        "evidence": entry.evidence,
    }
