"""A list that takes the sources for the real pictures: FID against them, where a driver is one picture."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from baselines.outside.batch import Batch
from benchmark.engine.plan import PlannedCase
from feed_dataset.core.jobs.atomic import replacing

SOURCE_PAIRS = "sources.csv"
_COLUMNS = ("id", "generated", "reference", "cluster", "source_cluster")


def write_source_pairs(batch: Batch, cases: Sequence[PlannedCase]) -> Path:
    """Write FOLDER/sources.csv for `score --pairs`: each case's frames, as `run` names them, beside its source."""
    planned = {case.id: case for case in cases}
    path = batch.folder / SOURCE_PAIRS
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(_COLUMNS)
        for case in batch.cases:
            people = planned[case.id]
            source = PurePosixPath(case.source).name
            lines.writerow((case.id, f"{case.id}.mkv", source, people.cluster, people.source_cluster))
    return path
