"""Which files of a run belong to which case: an index beside the results, for reports that are written later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from benchmark.engine.plan import Plan
from benchmark.engine.records import CaseRecord
from benchmark.engine.thumbnails import thumbnail_path
from benchmark.results.schema import write_text_atomic
from feed_dataset.core.jobs.files import read_text

INDEX_FILE = "cases.json"
MAX_SHEETS = 24  # of cases shown with images: a report stays small enough to send by mail


@dataclass(frozen=True)
class CaseFiles:
    """Where the thumbnails of one case lie, relative to the run's folder; None where there are none.

    Args:
        outputs: by method.
        judged_id: what they are judged against, where that is another clip than drives.
    """

    case_id: str
    driver_id: str
    source_id: str
    source: str | None
    driver: str | None
    outputs: Mapping[str, str | None] = field(default_factory=dict)
    judged_id: str | None = None


_Index = TypeAdapter(list[CaseFiles], config=ConfigDict(strict=True))


def index_of(plan: Plan, records: Sequence[CaseRecord]) -> list[CaseFiles]:
    """The cases that the report shows."""

    def place(content_id: str | None) -> str | None:
        if not content_id:
            return None
        return thumbnail_path(plan.thumbnails, content_id).relative_to(plan.out).as_posix()

    return [
        CaseFiles(
            case_id=record.case.id,
            driver_id=record.case.driver_label,
            source_id=record.case.source_label,
            source=place(record.source_id),
            driver=place(record.driver.content_id if record.driver is not None else None),
            outputs={name: place(output.content_id) for name, output in record.outputs.items()},
            judged_id=record.case.judged_label,
        )
        for record in records[:MAX_SHEETS]
        if record.case.problem is None
    ]


def save_index(folder: Path, cases: Sequence[CaseFiles]) -> None:
    """Remember the files of each case."""
    write_text_atomic(folder / INDEX_FILE, json.dumps([vars(case) for case in cases], indent=1) + "\n")


def load_index(folder: Path) -> dict[str, CaseFiles]:
    """What `save_index` wrote; empty when it is not there (results without their run's folder)."""
    try:
        cases = _Index.validate_json(read_text(folder / INDEX_FILE))
    except (OSError, ValueError):
        return {}
    return {case.case_id: case for case in cases}


def lies_inside(path: Path, folder: Path) -> bool:
    """Whether a place that a file names is below a folder, links followed: results may come from anybody."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a name that is too long, links that go round, a zero byte
        return False
