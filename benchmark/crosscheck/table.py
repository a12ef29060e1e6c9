"""The answers of packages as a table and as JSON."""

from __future__ import annotations

import math
from typing import Any

from benchmark.crosscheck.check import Checked
from benchmark.crosscheck.packages import Answer
from benchmark.report.grid import Grid


def grid_of(found: Checked) -> Grid:
    """A line for each number of a package."""
    header = ("package", "metric", "how it is called", "theirs", "ours", "difference", "why")
    rows = tuple(
        (
            one.package,
            one.question.metric,
            one.question.how,
            _number(one.theirs, ".6g"),
            _number(one.ours, ".6g"),
            _number(one.difference, ".1e"),
            one.why,
        )
        for one in found.answers
    )
    return Grid("Reference packages on these files, beside ours", header, rows, found.remarks, names=3)


def as_json(found: Checked) -> dict[str, Any]:
    """Everything, for programs; numbers that JSON does not have are texts."""
    return {
        "answers": [_json(one) for one in found.answers],
        "not_installed": list(found.not_installed),
        "remarks": list(found.remarks),
    }


def _json(one: Answer) -> dict[str, Any]:
    numbers = {"theirs": one.theirs, "ours": one.ours, "difference": one.difference}
    plain = {name: value if value is None or math.isfinite(value) else str(value) for name, value in numbers.items()}
    return {"package": one.package, "metric": one.question.metric, "how": one.question.how, **plain, "why": one.why}


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
