"""The list that takes the sources for the real pictures: `score` reads it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from rich.console import Console

from baselines.outside.batch import Batch
from benchmark.engine.batch import stage
from benchmark.engine.source_pairs import SOURCE_PAIRS, write_source_pairs
from benchmark.pairing.table import pair_by_table
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.jobs.progress import Progress
from tests.benchmark import harness


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    data = harness.write_data(tmp_path / "data")
    plan = harness.make_plan(data, tmp_path / "out", methods=("copy-source",), limit=2)
    harness.run_plan(plan)
    with Progress(Console(file=io.StringIO()), quiet=True) as progress:
        made, failed = stage(plan, tmp_path / "staged", SerialExecutor(harness.tools), progress)
    assert not failed, failed
    write_source_pairs(made, plan.cases)
    return made


def test_it_pairs_what_a_run_made_with_the_source_of_each_case(batch: Batch, tmp_path: Path) -> None:
    made = tmp_path / "out" / "predictions" / "copy-source"
    folders = {"generated": made, "reference": batch.folder / "sources"}
    found = pair_by_table(batch.folder / SOURCE_PAIRS, folders)
    assert [pair.id for pair in found.pairs] == [case.id for case in batch.cases]
    for pair, case in zip(found.pairs, batch.cases, strict=True):
        assert pair.generated == made / f"{case.id}.mkv" and pair.generated.is_file()
        assert pair.reference == batch.folder / case.source


def test_it_says_whose_cases_they_are(batch: Batch) -> None:
    with (batch.folder / SOURCE_PAIRS).open(newline="") as stream:
        for row in csv.DictReader(stream):
            assert row["id"].startswith(row["cluster"]) and row["source_cluster"] not in ("", row["cluster"])
