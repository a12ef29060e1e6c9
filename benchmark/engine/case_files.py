"""Which files of a run belong to which case: an index beside the results, for reports that are written later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.results.schema import write_text_atomic

INDEX_FILE = "cases.json"
MAX_SHEETS = 24  # of cases shown with pictures: a report stays small enough to send by mail


@dataclass(frozen=True)
class CaseFiles:
    """Where the pictures of one case lie, relative to the run's folder; None where there are none.

    `outputs` has those of methods whose frames are no predictions of this run, as in `score`.
    """

    case_id: str
    driver_id: str
    source_id: str
    source: str | None
    driver: str | None
    outputs: Mapping[str, str | None] | None = None

    @property
    def driver_label(self) -> str:
        """What the driver's strip is called: without a method that was driven it is a reference."""
        return "driver" if self.outputs is None else "reference"


def save_index(folder: Path, cases: Sequence[CaseFiles]) -> None:
    """Remember which staged files belong to which case, for reports that are written later."""
    write_text_atomic(folder / INDEX_FILE, json.dumps([vars(case) for case in cases], indent=1) + "\n")


def load_index(folder: Path) -> dict[str, CaseFiles]:
    """What `save_index` wrote; empty when it is not there (results without their run's folder)."""
    try:
        entries = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
        return {entry["case_id"]: CaseFiles(**entry) for entry in entries}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
