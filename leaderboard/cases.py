"""Values of single cases out of stored results files, kept once they were read: what two methods are compared by."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from leaderboard.errors import SubmissionError

if TYPE_CHECKING:
    from benchmark.results.comparison import CaseValue

_KEPT = 128  # submissions

Table = Mapping[tuple[str, str], Mapping[str, "CaseValue"]]
"""By method and metric, then by case."""


class StoredCases:
    """Reads a submission's cases when they are first asked for. Stored results never change.

    Args:
        document: the results file of a submission by its number.
    """

    def __init__(self, document: Callable[[int], str]) -> None:
        self._document = document
        self._kept: OrderedDict[int, Table] = OrderedDict()
        self._lock = Lock()

    def of(self, submission: int) -> Table:
        """Cases with a value, by method and metric.

        Raises:
            SubmissionError: a stored results file cannot be read.
        """
        with self._lock:
            if submission in self._kept:
                self._kept.move_to_end(submission)
                return self._kept[submission]
        table = _read(self._document(submission), submission)
        with self._lock:
            self._kept[submission] = table
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return table


def _read(text: str, submission: int) -> Table:
    from benchmark.results.comparison import CaseValue

    found: dict[tuple[str, str], dict[str, CaseValue]] = {}
    try:
        for row in json.loads(text)["rows"]:
            if row["value"] is not None:
                value = CaseValue(row["value"], row["cluster"], row.get("source_cluster"))
                found.setdefault((row["method"], row["metric"]), {})[row["case_id"]] = value
    except (ValueError, KeyError, TypeError) as error:
        raise SubmissionError(f"expected submission {submission} as results but its document is damaged") from error
    return found
